"""Where the next page of a service's list is. Touches nothing.

Serves RFC 8288 as LMSs write it: Moodle's Link headers have curly quotes and &amp;, others lower
case, no quotes, or several links in one header. The case of an address is kept.
"""

import re
from urllib.parse import urljoin

from foundation.http import HttpResponse

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r"rel\s*=[^a-z;]*([a-z][a-z \t]*)", re.IGNORECASE)
"""One relation or several, whatever the quotes."""


def next_page(answer: HttpResponse) -> str:
    """The address that rel=next names; "" on the last page."""
    for target, parameters in _LINK.findall(answer.headers.get("Link", "")):
        relations = _REL.search(parameters)
        if relations is not None and "next" in relations[1].lower().split():
            # Not html.unescape: "&section_id=5" would become "§ion_id=5".
            return urljoin(answer.url, str(target).strip().replace("&amp;", "&"))
    return ""
