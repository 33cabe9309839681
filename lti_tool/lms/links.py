"""Where the next page of a service's list is. Touches nothing.

Serves RFC 8288 as LMSs write it: Moodle's Link headers have curly quotes and &amp;, others lower
case, no quotes, or several links in one header. The case of an address is kept.
"""

import html
import re
from urllib.parse import urljoin

from foundation.http import HttpResponse

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r"rel\s*=[^a-z;]*([a-z]+)", re.IGNORECASE)


def next_page(answer: HttpResponse) -> str:
    """The address that rel=next names; "" on the last page."""
    for target, parameters in _LINK.findall(answer.headers.get("Link", "")):
        relation = _REL.search(parameters)
        if relation is not None and relation[1].lower() == "next":
            return urljoin(answer.url, html.unescape(target.strip()))
    return ""
