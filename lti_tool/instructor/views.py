"""The addresses of the instructor's pages."""

from flask import Blueprint

from lti_tool.instructor import assess, choose, class_list, copies, groups, roster

blueprint = Blueprint("instructor", __name__, url_prefix="/l/<handle>")
blueprint.url_defaults(groups.keep)

BOTH = ["GET", "POST"]
LEARNER = "/class/<uuid:person_id>"

for rule, endpoint, view, methods in (
    ("/choose", "choose", choose.choose, ["GET"]),
    ("/choose/new", "write", choose.write, BOTH),
    ("/choose/file", "from_file", copies.from_file, BOTH),
    ("/choose/copy/<uuid:activity_id>", "use_copy", copies.use_copy, ["POST"]),
    ("/choose/add", "add_several", choose.add_several, ["POST"]),
    ("/choose/course", "copy_course", copies.copy_course, BOTH),
    ("/choose/skills", "find_skills", choose.find_skills, ["GET"]),
    ("/choose/<uuid:activity_id>", "preview", choose.preview, ["GET"]),
    ("/choose/<uuid:activity_id>/change", "revise", choose.revise, BOTH),
    ("/choose/<uuid:activity_id>/file", "export", copies.export, ["GET"]),
    ("/choose/<uuid:activity_id>/add", "add", choose.add, ["POST"]),
    ("/activity/edit", "edit_activity", choose.edit_activity, BOTH),
    ("/course", "course", class_list.course, ["GET"]),
    ("/class", "class_list", class_list.class_list, ["GET"]),
    ("/class/read", "read_roster", roster.read_roster, ["POST"]),
    ("/class/column", "choose_column", class_list.choose, ["POST"]),
    ("/class/send", "send_all_again", class_list.send_all_again, ["POST"]),
    (f"{LEARNER}/send", "send_again", class_list.send_grade_again, ["POST"]),
    (LEARNER, "assess", assess.assess, ["GET"]),
    (f"{LEARNER}/save", "save", assess.save, ["POST"]),
    (f"{LEARNER}/draft", "autosave", assess.autosave, ["POST"]),
    (f"{LEARNER}/release", "release", assess.release, BOTH),
    (f"{LEARNER}/files/<uuid:item_id>", "download", assess.download, ["GET"]),
):
    blueprint.add_url_rule(rule, endpoint, view, methods=methods)
