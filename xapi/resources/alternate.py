"""The alternate request syntax: a request that hides in a form, which 1.0.3 has and 2.0 has not.

xAPI 1.0.3 Communication 1.3: a POST whose only parameter is `method`; the form holds the headers,
the parameters, and the body as `content`. Touches nothing but the request. The credential is in the
form, too, and a form may be as long as a body: of a long one no more than the beginning is read
before somebody has vouched for it.
"""

from collections.abc import Callable
from io import BytesIO
from urllib.parse import parse_qsl, unquote_plus, urlencode

from flask import Request

from xapi.resources.call import body_of
from xapi.resources.faults import Refused
from xapi.resources.parameters import BAD_ESCAPE

_METHODS = ("GET", "POST", "PUT", "DELETE")
_HEADERS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "content-length": None,
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    "accept": "HTTP_ACCEPT",
    "accept-language": "HTTP_ACCEPT_LANGUAGE",
}
"""What of a form stands for a header; a length is that of the content, whatever is said."""

_MAX_FIELDS = 64
BEGINNING = 64 * 1024
"""Bytes of a form that are read from anybody; in a longer one the credential stands in these."""


def is_wrapped(request: Request) -> bool:
    """Whether a request asks for this syntax."""
    return request.method == "POST" and "method" in request.args


def unwrapped(request: Request, vouch: Callable[[str], object]) -> Request:
    """The request in the form. Raises Refused (400), and whatever `vouch` raises.

    `vouch` is given the Authorization of a form that goes on after its beginning.
    """
    method = request.args["method"]
    if method not in _METHODS:
        raise _refused("method", f"method must be one of {', '.join(_METHODS)}")
    if len(list(request.args.items(multi=True))) > 1:
        raise _refused("query", "beside method, parameters belong into the form")
    if request.mimetype != "application/x-www-form-urlencoded":
        raise _refused("type", "Content-Type must be application/x-www-form-urlencoded")
    environ = dict(request.environ)
    environ.pop("werkzeug.request", None)
    parameters: list[tuple[str, str]] = []
    body: bytes | None = None
    environ["CONTENT_TYPE"] = "application/json"
    for name, text in _fields(request, vouch):
        if name == "content":
            body = text.encode()
        elif name.lower() in _HEADERS:
            header = _HEADERS[name.lower()]
            if header is not None:
                environ[header] = text
        else:
            parameters.append((name, text))
    if body is None and method in ("POST", "PUT"):
        raise _refused("content", "the form must have a field content with the body")
    environ |= {
        "REQUEST_METHOD": method,
        "QUERY_STRING": urlencode(parameters),
        "CONTENT_LENGTH": str(len(body or b"")),
        "wsgi.input": BytesIO(body or b""),
        "wsgi.input_terminated": True,
    }
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    made = type(request)(environ)
    made.max_content_length = request.max_content_length
    return made


def _fields(request: Request, vouch: Callable[[str], object]) -> list[tuple[str, str]]:
    beginning = _beginning(request)
    if len(beginning) == BEGINNING:
        vouch(_authorization(beginning) or request.headers.get("Authorization", ""))
    data = body_of(request, beginning)
    if BAD_ESCAPE.search(data):
        raise _refused("form", "a % must be followed by two hexadecimal digits")
    try:
        fields = parse_qsl(data.decode(), keep_blank_values=True, strict_parsing=bool(data),
                           errors="strict", max_num_fields=_MAX_FIELDS)  # fmt: skip
    except ValueError:
        raise _refused("form", "the body is not a form in UTF-8 (name=value&…)") from None
    if len({name.lower() for name, _ in fields}) < len(fields):
        raise _refused("form", "a field of the form is given more than once")
    return fields


def _beginning(request: Request) -> bytes:
    found = b""
    while len(found) < BEGINNING and (piece := request.stream.read(BEGINNING - len(found))):
        found += piece
    return found


def _authorization(beginning: bytes) -> str | None:
    """The field of that name, if it ends before the beginning of the form does."""
    for field in beginning.decode("latin-1").split("&")[:-1]:
        name, _, text = field.partition("=")
        if unquote_plus(name).lower() == "authorization":
            return unquote_plus(text)
    return None


def _refused(code: str, message: str) -> Refused:
    return Refused(400, f"alternate.{code}", message)
