"""A form as a browser would send it: the boxes of a page with what stands in them."""

from __future__ import annotations

from html.parser import HTMLParser

from django.http import QueryDict


class Boxes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.data = QueryDict(mutable=True)
        self._name = ""
        self._options: list[tuple[str, bool]] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name") and given.get("type") not in {"submit", "file"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.data.appendlist(given["name"], given.get("value", ""))
        elif tag in {"select", "textarea"}:
            self._name, self._options = given.get("name", ""), []
            self._text = [] if tag == "textarea" else None
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.data[self._name] = "".join(self._text or ()).removeprefix("\n")
            self._text = None
        elif tag == "select" and self._options:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            self.data[self._name] = chosen[0] if chosen else self._options[0][0]


def of(page: str) -> QueryDict:
    boxes = Boxes()
    boxes.feed(page)
    return boxes.data
