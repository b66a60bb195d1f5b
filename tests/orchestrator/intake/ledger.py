"""A storefront that keeps its history in a book: pages to be read, and things that can go wrong with them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from django import forms

from connectors.roles import Storefront
from connectors.types import Account, CustomerSnapshot, Page, Person, Step

WAIT = 7.0


class Book:
    """What stands in it, and what happens on the way: an error before a step, by its number."""

    def __init__(self) -> None:
        self.stamps: list[datetime] = []
        self.page = 2
        self.trouble: dict[int, Exception] = {}
        self.polled: list[str] = []
        self.steps = 0

    def snapshot(self, number: int) -> CustomerSnapshot:
        person = Person(emails=(f"c{number}@shop.test",))
        return CustomerSnapshot(id=str(number), source_at=self.stamps[number], person=person)


class Ledger(Storefront):
    slug: ClassVar[str] = "ledger"
    label: ClassVar[str] = "Ledger"
    hosts: ClassVar[str] = r"ledger\.example\.com"
    Credentials: ClassVar[type[forms.Form]] = forms.Form
    imports: ClassVar[tuple[str, ...]] = ("customer", "product")
    book: ClassVar[Book] = Book()

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return "https://ledger.example.com"

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        return {}

    def account(self) -> Account:
        return Account(name="Ledger")

    def poll(self, watermark: str) -> Iterator[Page]:
        self.book.polled.append(watermark)
        yield Page(watermark=watermark or "from the beginning")

    def history(self, kind: str, position: str) -> Generator[Step, None, None]:
        if not position:
            yield Step(position="0", wait=WAIT, watermark=f"{kind} began")
            return
        stamps = self.book.stamps if kind == "customer" else []
        begin, total = int(position), len(stamps)
        while True:
            self.book.steps += 1
            if error := self.book.trouble.pop(self.book.steps, None):
                raise error
            end = min(begin + self.book.page, total)
            found = [self.book.snapshot(number) for number in range(begin, end)]
            is_last = end == total
            yield Step(position=str(end), snapshots=found, read=end, total=total, is_last=is_last)
            if is_last:
                return
            begin = end
