"""What Open edX keeps about its people and their grades, outside of the consumer."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import models


class Profile(models.Model):  # type: ignore[misc]
    """Somebody of the course: the profile, the enrolment and the external id of the real LMS."""

    user: Any = models.OneToOneField(User, models.CASCADE, related_name="profile")
    name: Any = models.CharField(max_length=200)
    role: Any = models.CharField(max_length=20)
    external_user_id: Any = models.UUIDField(default=uuid4)


class PublishedGrade(models.Model):  # type: ignore[misc]
    """A grade that the XBlock published to the learner's progress page."""

    user_id: Any = models.IntegerField()
    value: Any = models.FloatField()
    max_value: Any = models.FloatField()
