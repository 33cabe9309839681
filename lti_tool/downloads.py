"""Evidence files on their way to a browser: always an attachment, never a page of ours.

Touches the evidence files through the services. A file was made by anybody, so it is sent with no
right to run, and with a type that no browser runs.
"""

from uuid import UUID

from flask import abort, send_file
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.learner.uploads import TYPES
from lti_tool.services import services
from rubrics.queries.shapes import ItemView, SubmissionView

HARMLESS = frozenset(media_type for media_type, _ in TYPES.values())
"""Types that are sent as what they are; everything else goes as bytes."""


def item_of(submission: SubmissionView | None, item_id: UUID) -> ItemView:
    """The file of this id in what may be seen; 404 where it is not there."""
    files = submission.files if submission else ()
    for item in files:
        if item.id == item_id:
            return item
    abort(404)


def attachment(item: ItemView) -> Response:
    """The file's bytes, to be saved and not shown. Raises FileMissing."""
    content = services().files.open(here().tenant_id, str(item.storage_key))
    response = send_file(
        content,
        mimetype=item.media_type if item.media_type in HARMLESS else "application/octet-stream",
        as_attachment=True,
        download_name=item.text,
        etag=False,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if item.size is not None:
        response.content_length = item.size
    return response
