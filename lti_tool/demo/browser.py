"""A browser of forms and links, without a screen: how the demo's people do their work.

It follows links, redirects and forms as a person would and knows no address of its own, so that
what it leaves behind went the same way as everybody's work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

_TIMEOUT = (5, 30)
_SENDS_ITSELF = frozenset({"data-autosubmit", "data-auto-submit"})


class NotOnThePage(LookupError):
    """The page has no such link or form: the demo's story and the pages differ."""


@dataclass
class Form:
    """A form and the values it would send."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    """Its radio buttons by name: their values, in the order of the page, with their labels."""
    labels: str = ""
    """The text of its buttons."""
    sends_itself: bool = False
    """A script of the page sends it at once."""

    def choice(self, name: str, label: str) -> str:
        """The value of the radio button with `label` in its text. Raises NotOnThePage."""
        for value, text in self.choices.get(name, {}).items():
            if label in text:
                return value
        raise NotOnThePage(f"no choice {label!r} for {name}")

    def has(self, name: str) -> bool:
        """Whether it has a field of this name."""
        return any(key == name for key, _ in self.values)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._link: str | None = None
        self._text: list[str] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self._button = False
        self._radio: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self._form.sends_itself = not _SENDS_ITSELF.isdisjoint(given)
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._link, self._text = given["href"], []
        elif tag == "iframe" and "src" in given:
            self.links.append((given["src"], "iframe"))
        elif self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind == "radio":
                self._radio = self._form.choices.setdefault(name, {})
                self._radio[given.get("value", "")] = ""
            skipped = kind in ("checkbox", "radio") and "checked" not in given
            if not skipped and kind not in ("file", "submit"):
                self._form.values.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._form.values.append((self._select, given.get("value", "")))
        elif tag == "textarea" and name:
            self._textarea, self._text = name, []
        elif tag == "button":
            self._button = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, " ".join("".join(self._text).split())))
            self._link = None
        elif tag == "select":
            self._select = None
        elif tag == "label":
            self._radio = None
        elif tag == "textarea" and self._form is not None and self._textarea:
            self._form.values.append((self._textarea, "".join(self._text)))
            self._textarea = None
        elif tag == "button":
            self._button = False

    def handle_data(self, data: str) -> None:
        if self._link is not None or self._textarea is not None:
            self._text.append(data)
        if self._button and self._form is not None:
            self._form.labels += data
        if self._radio:
            self._radio[next(reversed(self._radio))] += data


class Browser:
    """One person's browser, on one page at a time."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self.url = ""
        self.html = ""
        self._reader = _Reader()

    def open(self, url: str) -> "Browser":
        """Go to an address, relative to this page."""
        return self._go("GET", urljoin(self.url, url))

    def follow(self, text: str) -> "Browser":
        """Follow the first link whose text or address contains `text`."""
        for address, label in self._reader.links:
            if text in label or text in address:
                return self.open(address)
        raise NotOnThePage(f"no link {text!r} on {self._path()}")

    def form(self, *, action: str = "", having: str = "", button: str = "") -> Form:
        """The first form with this in its address, this field, and this on a button."""
        for form in self._reader.forms:
            if action in form.action and button in form.labels and (not having or form.has(having)):
                return form
        raise NotOnThePage(f"no form {action or having or button!r} on {self._path()}")

    def submit(
        self,
        form: Form,
        values: Mapping[str, str | Iterable[str]] | None = None,
    ) -> "Browser":
        """Send a form with these values in place of its own."""
        given = values or {}
        fields = [(name, value) for name, value in form.values if name not in given]
        for name, value in given.items():
            fields += [(name, value)] if isinstance(value, str) else [(name, v) for v in value]
        address = urljoin(self.url, form.action or self.url)
        if form.method == "get":
            return self._go("GET", address, params=fields)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        return self._go("POST", address, data=fields, headers={"Origin": origin})

    def press_through(self) -> "Browser":
        """Send the forms that send themselves, as their script would, until a page stays."""
        while waiting := [form for form in self._reader.forms if form.sends_itself]:
            self.submit(waiting[0])
        return self

    def _go(self, method: str, address: str, **what: Any) -> "Browser":
        answer = self._session.request(
            method, address, allow_redirects=False, timeout=_TIMEOUT, **what
        )
        # A browser sends Secure cookies over http to this machine; requests does not.
        for cookie in self._session.cookies:
            cookie.secure = False
        if answer.is_redirect:
            return self._go("GET", urljoin(answer.url, answer.headers["Location"]))
        self.url, self.html = answer.url, answer.text
        self._reader = _Reader()
        self._reader.feed(self.html)
        if answer.status_code >= 400:
            raise NotOnThePage(f"{self._path()} answered {answer.status_code}")
        return self

    def _path(self) -> str:
        return urlsplit(self.url).path
