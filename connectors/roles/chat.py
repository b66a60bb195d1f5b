"""Where the team talks."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from connectors.roles.capability import Capability
from connectors.roles.vendor import Vendor


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell the team, in plain text: a chat escapes and shortens it as it has to.

    ``details`` are (name, value) pairs, ``links`` (label, address) pairs; ``footer`` is set small.
    """

    text: str
    title: str = ""
    details: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    footer: str = ""


class Chat(Vendor):
    """Where the team talks."""

    role = "chat"
    offers: ClassVar[tuple[Capability, ...]] = (Capability("alert", "alert the team", ("post",)),)

    def post(self, *posts: Post) -> None:
        """Several (``at_once`` at the most) are one message. Not safe to repeat."""
        raise NotImplementedError
