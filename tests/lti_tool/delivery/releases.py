"""Grades as instructors give them: drafts that are written in bulk, and released over HTTP.

Each release of a learner is worth more than the last one, so that what a gradebook kept shows
whether anything was lost, doubled or out of order.
"""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.records.identifiers import Identifiers
from rubrics.tables.activities import Attempt
from rubrics.tables.assessments import ActivityScore, Assessment, CriterionRating
from rubrics.words import AssessmentState, AssessorRole
from tests.lti_tool.delivery.house import House, fill, people
from tests.lti_tool.delivery.mortals import Web
from xapi.store.tables import Statement

STEPS = 9
"""So many scores a learner can be given, one after the other: ninths of the maximum."""
_CLIENTS = 3


class Releases:
    """A class of `number` learners; all but `by_hand` have a grade of 0 that waits already."""

    def __init__(self, one: House, number: int, by_hand: int) -> None:
        self._one = one
        waiting = fill(one, number - by_hand, points=0) if number > by_hand else []
        self.new = people(one, by_hand)
        """Learners who have no grade yet."""
        self.learners = waiting + self.new
        self._given = dict.fromkeys(waiting, 0)
        self._waiting = frozenset(waiting)
        self._last: dict[UUID, UUID] = {}
        self._attempts = {each: uuid4() for each in self.learners}
        owned = {"tenant_id": one.made.tenant_id, "placement_id": one.made.placement_id}
        rows = [{**owned, "id": own, "person_id": who} for who, own in self._attempts.items()]
        with one.db.writing(one.made.tenant_id) as session:
            session.execute(insert(Attempt), rows)

    @property
    def newest(self) -> dict[UUID, float]:
        """By learner: the points that the gradebook must have in the end."""
        return {each: points_of(step) for each, step in self._given.items()}

    @property
    def open(self) -> list[UUID]:
        """Those for whom there is a higher score left."""
        return [each for each in self.learners if self._given.get(each, 0) < STEPS]

    def release(self, web: Web, learners: Iterable[UUID], dies: str = "") -> None:
        """Release a higher score for each of these; the server dies at the first one's."""
        drafts = self._drafted(list(learners))
        deaths = [dies, *[""] * len(drafts)]
        with ThreadPoolExecutor(_CLIENTS) as pool:
            list(pool.map(partial(_released, web), drafts, drafts.values(), deaths))

    def _drafted(self, learners: list[UUID]) -> dict[UUID, UUID]:
        """Complete drafts of the instructor, ready to be released: by learner, their ids."""
        made, moment = self._one.made, clock.now()
        drafts = {each: uuid4() for each in learners}
        rows: list[dict[str, Any]] = []
        ratings: list[dict[str, Any]] = []
        for learner, draft in drafts.items():
            step = self._given[learner] = self._given.get(learner, 0) + 1
            rows.append(
                {
                    "id": draft,
                    "attempt_id": self._attempts[learner],
                    "assessor_id": made.instructor_id,
                    "rubric_version_id": made.rubric_version_id,
                    "supersedes_id": self._last.get(learner),
                    "role": AssessorRole.INSTRUCTOR,
                    "revision": step,
                    "saved_at": moment,
                    "tenant_id": made.tenant_id,
                }
            )
            # The first criterion has twice the weight of the second.
            first = min(step // 2, 3)
            for (criterion, levels), place in zip(
                made.criteria, (first, step - 2 * first), strict=True
            ):
                answer = {"criterion_id": criterion, "level_id": levels[place]}
                ratings.append({"assessment_id": draft, "tenant_id": made.tenant_id, **answer})
            self._last[learner] = draft
        with self._one.db.writing(made.tenant_id) as session:
            session.execute(insert(Assessment), rows)
            session.execute(insert(CriterionRating), ratings)
        return drafts

    def check_whole(self) -> None:
        """At any moment: what was released has its score, its record and its place in the outbox.

        One snapshot; whether a release came to be, all of it did, and nothing twice.
        """
        one = self._one
        with one.db.reading(EVERY_TENANT) as session:
            scores = session.execute(select(ActivityScore.person_id, ActivityScore.id)).all()
            released = (
                select(Attempt.person_id, func.count())
                .select_from(Assessment)
                .join(Attempt, Attempt.id == Assessment.attempt_id)
                .where(Assessment.state != AssessmentState.DRAFT)
            )
            wanted = select(GradeDelivery.person_id, GradeDelivery.wanted)
            assessments: dict[UUID | None, int] = dict(
                session.execute(released.group_by(Attempt.person_id)).all()
            )
            outbox: dict[UUID, int] = dict(session.execute(wanted).all())
            recorded = set(session.scalars(select(Statement.id)))
        by_person: dict[UUID, int] = defaultdict(int)
        names = Identifiers(one.services.installation)
        for person, score in scores:
            by_person[person] += 1
            assert names.statement("activity-scored", score) in recorded
        for learner in self.learners:
            times = assessments.get(learner, 0)
            assert by_person[learner] == times, "each release has one score"
            assert outbox.get(learner, 0) == times + (learner in self._waiting), "and is wanted"

    def check_all_released(self) -> None:
        """Every draft that was sent for release is released, once, and the last one stands."""
        with self._one.db.reading(EVERY_TENANT) as session:
            rows = session.execute(select(Assessment.id, Assessment.state)).all()
        standing = {each for each, state in rows if state is AssessmentState.RELEASED}
        assert standing == set(self._last.values())
        assert all(state is not AssessmentState.DRAFT for _, state in rows)


def points_of(step: int) -> float:
    """What so many ninths of 100 are in a gradebook."""
    share = Decimal(100 * step) / STEPS
    return float(share.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _released(web: Web, learner: UUID, draft: UUID, dies: str) -> None:
    page, form = f"class/{learner}/release", {"assessment": str(draft), "version": "1"}
    for again in (dies, ""):
        # Also when all went well: a form that is sent twice does nothing more.
        answer = web.post(page, form, again)
        assert answer.status_code == 303, answer.text
        if not dies:
            return
