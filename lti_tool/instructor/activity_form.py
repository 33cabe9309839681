"""The form in which an activity is written: from a request or a stored activity, to a draft.

Touches nothing but what it is given. What a person typed is kept as typed, so that a mistake can
be mended without typing it all again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from rubrics.actions.activities import ActivityDraft
from rubrics.errors import Refused
from rubrics.queries.shapes import ActivityChoice, CompetencyView, RubricView
from rubrics.words import Kind, Method

FIELD_OF_REFUSAL = {
    "activity.title": "title",
    "activity.text": "description",
    "activity.address": "address",
    "activity.maximum": "maximum",
    "activity.available": "opens",
    "activity.competencies": "competency",
    "competency.unknown": "competency",
}


@dataclass(frozen=True)
class ActivityForm:
    """The fields as typed; `chosen` are the ticked competencies."""

    title: str = ""
    description: str = ""
    method: str = Method.ROLE_PLAY.value
    address: str = ""
    rubric: str = ""
    maximum: str = "100"
    due: str = ""
    """As the browser sends it, in the zone of `zone`."""
    due_utc: str = ""
    """Of a stored activity; the page's script shows it in the reader's zone."""
    zone: str = ""
    """Minutes that UTC is ahead of the reader at `due`; empty: UTC."""
    opens: str = ""
    opens_utc: str = ""
    opens_zone: str = ""
    """When the activity opens, as `due`, `due_utc` and `zone`."""
    new: str = field(default_factory=lambda: uuid4().hex)
    """Of one form, so that sending it twice makes one activity."""
    find: str = ""
    chosen: tuple[CompetencyView, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)

    def draft(self, rubrics: Iterable[RubricView]) -> ActivityDraft | None:
        """What to write; None with `errors` filled where something cannot be read."""
        rubric = next((r for r in rubrics if str(r.version_id) == self.rubric), None)
        maximum = self._maximum()
        due_at = self._moment("due", self.due, self.zone)
        opens = self._moment("opens", self.opens, self.opens_zone)
        if not self.title.strip():
            self.errors["title"] = gettext("The title is missing. Write one.")
        if rubric is None:
            self.errors["rubric"] = gettext("Choose a rubric.")
        if rubric is None or maximum is None or self.errors:
            return None
        return ActivityDraft(
            title=self.title,
            text=self.description,
            method=_method(self.method),
            rubric_version_id=rubric.version_id,
            competency_ids=[each.id for each in self.chosen] or aligned(rubric),
            maximum=maximum,
            due_at=due_at,
            available_from=opens,
            address=self.address.strip() or None,
        )

    def blame(self, refusal: Refused, message: str) -> None:
        """Put a refusal of the domain beside the field that it is about."""
        default = "rubric" if "rubric" in refusal.code else "title"
        self.errors[FIELD_OF_REFUSAL.get(refusal.code, default)] = message

    def _maximum(self) -> Decimal | None:
        try:
            return Decimal(self.maximum.strip().replace(",", "."))
        except InvalidOperation:
            self.errors["maximum"] = gettext("Write the points as a number, for example 100.")
            return None

    def _moment(self, name: str, typed: str, zone: str) -> datetime | None:
        if not typed.strip():
            return None
        try:
            ahead = timedelta(minutes=int(zone or 0))
            return datetime.fromisoformat(typed.strip()).replace(tzinfo=UTC) + ahead
        except (ValueError, OverflowError):
            self.errors[name] = gettext("Write the date and time as the field offers them.")
            return None


def from_request(posted: MultiDict[str, str]) -> ActivityForm:
    """The form as it was sent."""
    chosen = (_ticked(value) for value in posted.getlist("competency"))
    return ActivityForm(
        title=posted.get("title", ""),
        description=posted.get("description", ""),
        method=posted.get("method", ""),
        address=posted.get("address", ""),
        rubric=posted.get("rubric", ""),
        maximum=posted.get("maximum", ""),
        due=posted.get("due", ""),
        zone=posted.get("zone", ""),
        opens=posted.get("opens", ""),
        opens_zone=posted.get("opens_zone", ""),
        new=posted.get("new", ""),
        find=posted.get("find", ""),
        chosen=tuple(each for each in chosen if each),
    )


def from_activity(choice: ActivityChoice) -> ActivityForm:
    """The form of an activity that exists."""
    return ActivityForm(
        title=choice.title,
        description=choice.text,
        method=choice.method.value,
        address=choice.address or "",
        rubric=str(choice.rubric_version_id),
        maximum=f"{choice.maximum:f}".rstrip("0").rstrip(".")
        if choice.maximum % 1
        else f"{choice.maximum:.0f}",
        due=_utc(choice.due_at, "%Y-%m-%dT%H:%M"),
        due_utc=_utc(choice.due_at, "%Y-%m-%dT%H:%M:%SZ"),
        opens=_utc(choice.available_from, "%Y-%m-%dT%H:%M"),
        opens_utc=_utc(choice.available_from, "%Y-%m-%dT%H:%M:%SZ"),
        chosen=choice.competencies,
    )


def aligned(rubric: RubricView) -> list[UUID]:
    """The competencies that a rubric is evidence of."""
    found = (each.competency.id for row in rubric.criteria for each in row.alignments)
    return list(dict.fromkeys(found))


def columns(
    found: Iterable[CompetencyView], chosen: Iterable[CompetencyView], titles: Mapping[object, str]
) -> list[tuple[str, Kind | None, list[CompetencyView]]]:
    """Hard and soft side by side, what is chosen first; a third column only where needed."""
    rows = list({each.id: each for each in [*chosen, *found]}.values())
    kinds: list[Kind | None] = [Kind.HARD, Kind.SOFT]
    if any(each.kind is None for each in rows):
        kinds.append(None)
    return [(titles[kind], kind, [row for row in rows if row.kind is kind]) for kind in kinds]


def _utc(at: datetime | None, shape: str) -> str:
    return at.astimezone(UTC).strftime(shape) if at else ""


def _method(value: str) -> Method:
    return Method(value) if value in {each.value for each in Method} else Method.OTHER


def _ticked(value: str) -> CompetencyView | None:
    """A box's value is "id kind label", so that a ticked skill survives a search for others."""
    parts = value.split(" ", 2)
    try:
        identifier = UUID(parts[0])
    except ValueError:
        return None
    kind = next((each for each in Kind if each.value in parts[1:2]), None)
    return CompetencyView(
        id=identifier,
        label=parts[2] if len(parts) == 3 else parts[0],
        statement="",
        kind=kind,
        framework="",
    )
