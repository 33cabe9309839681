"""The addresses of the learner's pages."""

from flask import Blueprint

from lti_tool.learner import activity, evidence

blueprint = Blueprint("learner", __name__, url_prefix="/l/<handle>")

for rule, endpoint, view, method in (
    ("/activity", "activity", activity.activity, "GET"),
    ("/skills", "my_skills", activity.my_skills, "GET"),
    ("/activity/evidence", "hand_in", evidence.hand_in, "POST"),
    ("/activity/draft", "autosave", evidence.autosave, "POST"),
    ("/activity/again", "try_again", evidence.try_again, "POST"),
    ("/activity/files/<uuid:item_id>", "download", evidence.download, "GET"),
):
    blueprint.add_url_rule(rule, endpoint, view, methods=[method])
