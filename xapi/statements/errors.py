"""The one exception of this package: what is wrong, where, and which section says so.

Touches nothing. The sections are those of the ADL specification 1.0.3 and of IEEE 9274.1.1 (2.0).
"""

from dataclasses import dataclass

V1 = "1.0.3"
V2 = "2.0.0"
VERSIONS = (V1, V2)
"""The versions that the store speaks; every 1.0.x is treated as 1.0.3."""

_SECTIONS = {
    "id": ("2.4.1", "4.2.4.2"),
    "actor": ("2.4.2", "4.2.2.1"),
    "verb": ("2.4.3", "4.2.2.2"),
    "object": ("2.4.4", "4.2.2.3"),
    "result": ("2.4.5", "4.2.2.4"),
    "context": ("2.4.6", "4.2.2.5"),
    "timestamp": ("2.4.7", "4.2.4.2"),
    "stored": ("2.4.8", "4.2.4.2"),
    "authority": ("2.4.9", "4.2.4.2"),
    "version": ("2.4.10", "4.2.4.3"),
    "attachments": ("2.4.11", "4.2.2.6"),
}


@dataclass(eq=False)
class Invalid(Exception):
    """Something received breaks a rule: `code` can be searched, `path` is a JSONPath."""

    code: str
    path: str
    message: str
    spec: str

    def __str__(self) -> str:
        return f"{self.code} at {self.path}: {self.message} ({self.spec})"

    def under(self, prefix: str) -> "Invalid":
        """The same, seen from a document in which the statement lies at `prefix`."""
        return Invalid(self.code, prefix + self.path.removeprefix("$"), self.message, self.spec)

    def body(self) -> dict[str, dict[str, str]]:
        """The JSON body of the answer."""
        return {
            "error": {
                "code": self.code,
                "path": self.path,
                "message": self.message,
                "spec": self.spec,
            }
        }


def section(version: str, member: str | None) -> str:
    """The section about a member of a statement (None: about statements as such)."""
    if version == V1:
        return f"xAPI 1.0.3 Data {_SECTIONS.get(member or '', ('2.2', ''))[0]}"
    return f"IEEE 9274.1.1 {_SECTIONS.get(member or '', ('', '4.2.1'))[1]}"
