"""A class is listed as a teacher's own list would be."""

from uuid import uuid4

from rubrics.queries.build import class_order
from rubrics.tables.people import Person


def test_accents_do_not_send_anybody_to_the_end() -> None:
    names = [("Wei", "Chen"), ("Łukasz", "Wójcik"), ("Ana", "Álvarez"), ("Zoë", "Müller")]
    names += [("Anton", "Muller"), ("Олена", "Ковальчук"), ("Ada", "Wong")]
    people = [Person(id=uuid4(), given_name=given, family_name=family) for given, family in names]
    assert [person.family_name for person in sorted(people, key=class_order)] == [
        "Álvarez",
        "Chen",
        "Muller",
        "Müller",
        "Wójcik",
        "Wong",
        "Ковальчук",
    ]
