"""The pages that edx-platform would draw around the consumer, and what its database holds.

`/studio` and `/courseware` sign somebody in and send the browser where the block says; everything
from there on is the consumer's. `/state` shows the rows of its models, for the tests.
"""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.urls import include, path
from lti_consumer.api import (
    get_lti_1p3_content_url,
    get_lti_1p3_launch_info,
    get_lti_1p3_launch_start_url,
)
from lti_consumer.models import (
    LtiAgsLineItem,
    LtiAgsScore,
    LtiDlContentItem,
)

from tests.judges.openedx.models import Profile, PublishedGrade
from tests.judges.openedx.runtime import Course


def addresses(course: Course) -> list[Any]:
    """The URL patterns of the whole site."""

    def launch_data(request: HttpRequest, username: str) -> Any:
        user = User.objects.select_related("profile").get(username=username)
        login(request, user)
        return course.block(user.profile).get_lti_1p3_launch_data()

    def studio(request: HttpRequest, username: str) -> HttpResponseRedirect:
        data = launch_data(request, username)
        return HttpResponseRedirect(get_lti_1p3_launch_start_url(data, deep_link_launch=True))

    def courseware(request: HttpRequest, username: str) -> HttpResponseRedirect:
        return HttpResponseRedirect(get_lti_1p3_content_url(launch_data(request, username)))

    def component(request: HttpRequest, username: str) -> JsonResponse:
        return JsonResponse(get_lti_1p3_launch_info(launch_data(request, username)))

    return [
        path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
        path("studio/<username>", studio),
        path("courseware/<username>", courseware),
        path("component/<username>", component),
        path("state", state),
    ]


def state(_request: HttpRequest) -> JsonResponse:
    """The rows that the tool's calls have left."""
    people = {str(each.external_user_id): each.user.username for each in Profile.objects.all()}
    by_id = {each.user.id: each.user.username for each in Profile.objects.all()}
    return JsonResponse(
        {
            "content_items": [
                {"type": item.content_type, **item.attributes}
                for item in LtiDlContentItem.objects.all()
            ],
            "line_items": list(
                LtiAgsLineItem.objects.values("label", "score_maximum", "resource_id", "tag")
            ),
            "scores": [
                {
                    "user": people.get(score.user_id, score.user_id),
                    "given": score.score_given,
                    "maximum": score.score_maximum,
                    "comment": score.comment,
                    "activity": score.activity_progress,
                    "grading": score.grading_progress,
                }
                for score in LtiAgsScore.objects.all()
            ],
            "published": [
                {"user": by_id[grade.user_id], "value": grade.value, "maximum": grade.max_value}
                for grade in PublishedGrade.objects.all()
            ],
        }
    )
