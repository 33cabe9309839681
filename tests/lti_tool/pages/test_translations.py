"""What the pages say is said in German too, and the compiled catalogue is that of the source."""

import io
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import lti_tool

ROOT = Path(lti_tool.__file__).parent
GERMAN = ROOT / "translations" / "de" / "LC_MESSAGES"
METHODS = [("templates/**.html", "jinja2"), ("instructor/**.py", "python")]
METHODS += [("learner/**.py", "python"), ("start.py", "python"), ("display.py", "python")]
METHODS += [("admin/**.py", "python"), ("registration/**.py", "python")]
METHODS += [("platforms/registrations.py", "python")]
METHODS += [("platforms/frames.py", "python")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "Refused": (2,),
    "say": None,
}


def _catalogue() -> dict[str, tuple[str, ...]]:
    with (GERMAN / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="de")
    found = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string
        found[key] = (said,) if isinstance(said, str) else tuple(said or ())
    return found


def test_every_sentence_of_the_pages_has_a_translation() -> None:
    german = _catalogue()
    said = extract_from_dir(
        ROOT,
        method_map=METHODS,
        options_map={"templates/**.html": {"trimmed": "true"}},
        keywords=KEYWORDS,
        strip_comment_tags=True,
    )
    sentences = {
        message if isinstance(message, str) else message[0] for _, _, message, _, _ in said
    }
    assert len(sentences) > 200
    assert {each for each in sentences if not all(german.get(each, ("",)))} == set()


def test_placeholders_survive_translation() -> None:
    with (GERMAN / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="de")
    assert [error for message in catalogue for error in message.check(catalogue)] == []


def test_the_compiled_catalogue_is_up_to_date() -> None:
    with (GERMAN / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="de")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert compiled.getvalue() == (GERMAN / "messages.mo").read_bytes()
