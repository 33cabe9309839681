"""/health/live: the process answers. /health/ready: it can also reach a database at head."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.schema import SchemaNotAtHead, require_head
from lti_tool.services import services

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> Response:
    """200 while the process runs."""
    return jsonify(status="ok")


@blueprint.get("/ready")
def ready() -> tuple[Response, int]:
    """200 when requests can be served, else 503 with the reason's code."""
    try:
        require_head(services().db)
    except SchemaNotAtHead:
        return jsonify(status="schema not at head"), 503
    except SQLAlchemyError:
        return jsonify(status="database unreachable"), 503
    return jsonify(status="ok"), 200
