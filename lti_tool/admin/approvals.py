"""Pages on which the administrator decides on what waits: a registration, or a deployment."""

from uuid import UUID

from flask import Response, render_template, request

from lti_tool.admin.gate import AdminRefused, actor, ask, go_to
from lti_tool.admin.platform_form import policy_of
from lti_tool.admin.platforms import found, policies
from lti_tool.platforms.registrations import usual_policy
from lti_tool.registration import approval, waiting
from lti_tool.services import services


def approve(waiting_id: UUID) -> str | Response:
    """Ask for tenant and policy, then register what waits."""
    row = _waiting(waiting_id)
    if request.method != "POST":
        usual = usual_policy(row.issuer).value
        return render_template("admin/approve.html", row=row, policies=policies(), usual=usual)
    policy = policy_of(request.form.get("policy", ""))
    approval.approve(services().db, waiting_id, _tenant(), policy, actor=actor())
    return go_to("platforms", done="approved")


def refuse(waiting_id: UUID) -> str | Response:
    """Ask, then forget a registration that waits."""
    row = _waiting(waiting_id)
    if request.method != "POST":
        return render_template("admin/refuse.html", row=row)
    approval.refuse(services().db, waiting_id, actor=actor())
    return go_to("platforms", done="refused")


def approve_deployment(registration_id: UUID) -> str | Response:
    """Ask for the tenant, then let a waiting deployment launch."""
    row = found(registration_id)
    deployment_id = request.values.get("deployment", "")
    if deployment_id not in {each.deployment_id for each in row.waiting}:
        raise AdminRefused("admin.gone")
    if request.method != "POST":
        return render_template("admin/approve_deployment.html", row=row, deployment=deployment_id)
    approval.approve_deployment(
        services().db, registration_id, deployment_id, _tenant(), actor=actor()
    )
    return go_to("platform", registration_id=registration_id, done="approved")


def _waiting(waiting_id: UUID) -> waiting.Waiting:
    row = next((each for each in ask(waiting.all_waiting) if each.id == waiting_id), None)
    if row is None:
        raise AdminRefused("admin.gone")
    return row


def _tenant() -> str | None:
    return request.form.get("tenant", "").strip() or None
