"""The gradebook's comment: why a score is what it is, in plain text, with no assessor's name.

Touches the released assessments behind a score. It goes with every post, because in most LMSs a
post without one clears the earlier comment.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.tables.activities import Activity
from rubrics.tables.assessments import ActivityScore, Assessment
from rubrics.tables.rubrics import Criterion

LONGEST = 2000
"""Characters."""
_NOT_OBSERVED = "not observed"
_PLAIN = str.maketrans({"<": "‹", ">": "›"})


def comment_of(session: Session, score: ActivityScore, activity: Activity | None) -> str:
    """The comment for a score: its line of arithmetic, one line a criterion, where to read more."""
    assessments = _counted(session, score)
    lines = [_sentence(str(score.terms.get("line", "")))]
    if assessments:
        lines += [_criterion(each, assessments) for each in assessments[0].rubric_version.criteria]
    return within(lines, _more(activity))


def within(lines: Sequence[str], more: str) -> str:
    """The lines, as many as fit, and then `more`; nothing in it that could pass for markup."""
    kept: list[str] = []
    room = LONGEST - len(more) - 3
    for line in filter(None, lines):
        if len(line) + 1 > room:
            kept.append("…")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*kept, more]).translate(_PLAIN)


def _counted(session: Session, score: ActivityScore) -> list[Assessment]:
    """The assessments whose figures count in the score, in the order of its terms."""
    terms = score.terms.get("assessments", [])
    ids = [UUID(str(each["assessment_id"])) for each in terms if each["weight"] != "0"]
    found = {
        row.id: row for row in session.scalars(select(Assessment).where(Assessment.id.in_(ids)))
    }
    return [found[each] for each in ids if each in found]


def _criterion(criterion: Criterion, assessments: Sequence[Assessment]) -> str:
    answers = []
    for assessment in assessments:
        rating = next((r for r in assessment.ratings if r.criterion_id == criterion.id), None)
        level = None if rating is None else rating.level
        answer = _NOT_OBSERVED if level is None else level.quality
        answers.append(f"{answer} ({assessment.role})" if len(assessments) > 1 else answer)
    return _sentence(f"{criterion.title}: {', '.join(answers)}")


def _more(activity: Activity | None) -> str:
    title = "the activity" if activity is None else f"“{activity.title}”"
    return f"Open {title} in your course for the comments and what the next level asks."


def _sentence(text: str) -> str:
    """One line with a full stop: some gradebooks show line breaks as spaces."""
    line = " ".join(text.split())
    return line if not line or line.endswith((".", "!", "?", "…")) else f"{line}."
