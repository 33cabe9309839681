"""What refuses a request names the section with its rule, and not errors in general."""

import pytest

from xapi.resources.faults import Refused, not_allowed, parameter


@pytest.mark.parametrize(
    ("refusal", "section"),
    [
        (Refused(409, "statement.id.conflict", "x"), "Communication 2.1 / IEEE 9274.1.1 4.1.6.1"),
        (Refused(412, "precondition", "x"), "Communication 2.2 and 3.1"),
        (Refused(400, "multipart.hash", "x"), "Communication 1.5"),
        (Refused(400, "alternate.version", "x"), "Communication 1.3"),
        (Refused(429, "credential.rate", "x"), "Communication 4"),
        (parameter("agent", "x"), "Communication 2 / IEEE 9274.1.1 4.1.6"),
        (not_allowed("GET"), "Communication 3.2 / IEEE 9274.1.1 4.1.5"),
    ],
)
def test_the_section_of_a_refusal(refusal: Refused, section: str) -> None:
    assert section in refusal.error.spec
