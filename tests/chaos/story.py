"""A busy helpdesk by dice: customers write, agents close, reopen and trash, webhooks come as they like."""

from __future__ import annotations

import random
from typing import Any

import requests

from tests.chaos import truth

VERBS = ("ticket_close", "ticket_close", "ticket_reopen", "ticket_reply", "ticket_trash", "ticket_untrash")
MODES = ("double", "shuffle", "double", "shuffle", "paused")


class Story:
    """Everything goes through the sandbox's control interface."""

    def __init__(self, url: str, slug: str, customers: int, seed: int) -> None:
        self.openings = truth.Openings()
        self.never_trashed: set[str] = set()  # subjects
        self._customers = [f"customer{number}@shop.test" for number in range(customers)]
        self._control = f"{url}/_control"
        self._slug = slug
        self._session = requests.Session()
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret

    def set_up(self, hook: str, secret: str) -> dict[str, dict[str, str]]:
        """Both accounts at the vendors; answers their credentials."""
        login = {
            "subdomain": self._slug,
            "email": "ops@agency.test",
            "api_key": "key",
            "webhook_secret": secret,
        }
        key = {"private_key": "pk_chaos"}
        known = [{"email": email} for email in self._customers]
        webhook = {"url": hook, "secret": secret}
        self._tell("PUT", f"gorgias/accounts/{self._slug}", {"credentials": login, "webhook": webhook})
        self._tell("PUT", f"klaviyo/accounts/{self._slug}", {"credentials": key, "seed": {"profiles": known}})
        self._tell("POST", "limits", {"on": False, "job_seconds": 0.05})
        return {"gorgias": login, "klaviyo": key}

    def go_on(self, most_tickets: int) -> None:
        """One thing happens."""
        tickets = list(self.openings.is_open)
        if self._dice.random() < 0.1:
            self._webhooks(self._dice.choice(MODES))
        elif len(tickets) < most_tickets and (not tickets or self._dice.random() < 0.45):
            self._open(len(tickets))
        else:
            verb, ticket = self._dice.choice(VERBS), self._dice.choice(tickets)
            shown = self._do(verb, id=ticket)
            if verb == "ticket_trash":
                self.never_trashed.discard(shown["subject"])

    def end(self) -> None:
        """All that waits at the vendor is delivered."""
        self._webhooks("double")
        assert self._tell("GET", "webhooks?wait=240", None)["pending"] == 0

    def state(self, vendor: str) -> truth.Json:
        return dict(self._tell("GET", f"{vendor}/accounts/{self._slug}", None))

    def _open(self, number: int) -> None:
        subject = f"Question {number}"
        self.never_trashed.add(subject)
        self._do("ticket_open", email=self._dice.choice(self._customers), subject=subject)

    def _do(self, verb: str, **fields: Any) -> truth.Json:
        shown = dict(self._tell("POST", f"gorgias/accounts/{self._slug}/do/{verb}", fields))
        self.openings.note(shown)
        return shown

    def _webhooks(self, mode: str) -> None:
        self._tell("POST", "webhooks", {"delivery": mode})

    def _tell(self, method: str, path: str, body: Any) -> Any:
        answer = self._session.request(method, f"{self._control}/{path}", json=body, timeout=300)
        answer.raise_for_status()
        return answer.json()
