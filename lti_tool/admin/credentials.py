"""Pages of the record store's credentials: all there are, a new one, a new secret, an end."""

from datetime import timedelta
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin import audit
from lti_tool.admin.gate import AdminRefused, actor, ask, go_to
from lti_tool.admin.stores import stores
from lti_tool.services import services
from xapi.access import credentials as access
from xapi.access.credentials import INSTALLATION, LONGEST_OVERLAP, MAX_RATE, NoCredential
from xapi.access.scopes import Scope
from xapi.store.tables import Credential

SCOPES = {
    Scope.READ: lazy_gettext("Read all statements"),
    Scope.READ_MINE: lazy_gettext("Read the statements that it stored itself"),
    Scope.WRITE: lazy_gettext("Store statements"),
    Scope.DEFINE: lazy_gettext("Describe activities and people for everybody by what it stores"),
    Scope.STATE: lazy_gettext("Read and change documents of a learner’s state"),
    Scope.PROFILE: lazy_gettext("Read and change documents about activities and people"),
    Scope.ALL_READ: lazy_gettext("Read everything"),
    Scope.ALL: lazy_gettext("Everything"),
}
"""What each scope allows, the narrow ones first."""


def credentials() -> str:
    """Every credential, by whom it belongs to."""
    notices = {"revoked": gettext("It ends now: within two seconds nobody gets in with it.")}
    return render_template(
        "admin/credentials.html",
        owners=[(name, rows) for name, rows in ask(_all) if rows],
        words=SCOPES,
        now=clock.now(),
        notice=notices.get(request.args.get("done", ""), ""),
    )


def credential_new() -> str | tuple[str, int]:
    """Make a credential, and show its secret this once."""
    form = request.form
    if request.method != "POST":
        return _form({})
    owner = next((key for key in ask(stores) if str(key) == form.get("owner")), None)
    scopes = form.getlist("scope")
    origins = [line.strip() for line in form.get("origins", "").splitlines() if line.strip()]
    rate = form.get("rate", "").strip()
    errors = _errors(owner, scopes, rate)
    if errors or owner is None:
        return _form(errors), 400
    name = form["name"].strip()
    limit = int(rate) if rate else None
    try:
        with services().db.writing(EVERY_TENANT) as session:
            key, secret = access.create(
                session, owner, name, scopes, rate=limit, origins=origins or None
            )
            _note(session, "added", key, owner, name=name, scopes=sorted(scopes), rate=limit)
    except ValueError:
        wrong = gettext("Each line is an origin such as https://app.example.org, without a path.")
        return _form({"origins": wrong}), 400
    return _made(key, secret, name, owner, 0)


def credential_rotate(key: str) -> str | tuple[str, int]:
    """Ask for how long the old secret still works; then make a new one, shown this once."""
    row = _found(key)
    if request.method != "POST":
        return render_template("admin/credential_rotate.html", row=row, errors={}, days="7")
    days = request.form.get("days", "").strip()
    most = LONGEST_OVERLAP.days
    if not (days.isascii() and days.isdigit() and len(days) < 4 and int(days) <= most):
        errors = {"days": gettext("Write a number of days from 0 to %(most)s.", most=most)}
        page = render_template("admin/credential_rotate.html", row=row, errors=errors, days=days)
        return page, 400
    with services().db.writing(EVERY_TENANT) as session:
        try:
            secret = access.rotate(session, row.tenant, key, timedelta(days=int(days)))
        except NoCredential as error:
            raise AdminRefused("admin.gone") from error
        _note(session, "rotated", key, row.tenant, overlap_days=int(days))
    return _made(key, secret, row.name, row.tenant, int(days))


def credential_revoke(key: str) -> str | Response:
    """Ask, then end a credential."""
    row = _found(key)
    if request.method != "POST":
        return render_template("admin/credential_revoke.html", row=row)
    with services().db.writing(EVERY_TENANT) as session:
        try:
            access.revoke(session, row.tenant, key)
        except NoCredential as error:
            raise AdminRefused("admin.gone") from error
        _note(session, "revoked", key, row.tenant)
    return go_to("credentials", done="revoked")


def _all(session: Session) -> list[tuple[str, list[Credential]]]:
    return [(name, access.listed(session, owner)) for owner, name in stores(session).items()]


def _found(key: str) -> Credential:
    """The credential of this key, in force. Raises AdminRefused."""
    for _, rows in ask(_all):
        for row in rows:
            if row.key == key and row.revoked_at is None:
                return row
    raise AdminRefused("admin.gone")


def _errors(owner: UUID | None, scopes: list[str], rate: str) -> dict[str, str]:
    errors = {}
    name = request.form.get("name", "").strip()
    if not 1 <= len(name) <= 200:
        errors["name"] = gettext("Write a name, so that you know later whose it is.")
    if owner is None:
        errors["owner"] = gettext("Choose whose statements it is for.")
    if not scopes or not set(scopes) <= {scope.value for scope in Scope}:
        errors["scopes"] = gettext("Choose what it may do.")
    if rate and not (rate.isascii() and rate.isdigit() and 1 <= int(rate[:9]) <= MAX_RATE):
        errors["rate"] = gettext("Write a number from 1 to %(most)s, or nothing.", most=MAX_RATE)
    return errors


def _form(errors: dict[str, str]) -> str:
    form = {"name": "", "rate": "", "origins": "", "owner": "", **request.form.to_dict()}
    return render_template(
        "admin/credential_form.html",
        form=form,
        chosen=request.form.getlist("scope"),
        errors=errors,
        stores=ask(stores),
        scopes=SCOPES,
    )


def _made(key: str, secret: str, name: str, owner: UUID, days: int) -> str:
    address = f"{services().settings.base_url}/xapi/"
    return render_template(
        "admin/credential_made.html",
        key=key,
        secret=secret,
        name=name,
        address=address,
        everywhere=f"{address}tenants/…/" if owner == INSTALLATION else "",
        days=days,
    )


def _note(session: Session, done: str, key: str, owner: UUID, **detail: object) -> None:
    audit.note(
        session,
        actor=actor(),
        action=f"credential.{done}",
        subject=key,
        tenant_id=owner,
        detail=detail,
    )
