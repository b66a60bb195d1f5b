"""Slack, where the team talks: incoming webhooks. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator

from connectors.errors import Problem, Refused, TryLater
from connectors.fields import SecretField
from connectors.limits import Bucket, Leak, Told
from connectors.roles import Chat, Post
from connectors.types import Account
from connectors.values import text
from connectors.vendors.slack import blocks

SERVICES = "/services/"
# This machine is only called where ALLOW_LOOPBACK_VENDORS says so.
ADDRESS = (
    r"\A(https://hooks\.slack(-gov)?\.com|http://(127\.0\.0\.1|localhost)(:\d{1,5})?(/[a-z]+)?)"
    r"/services/\w{1,40}/\w{1,40}/\w{1,80}\Z"
)
# What Slack answers when nothing at all will get through until a person acts, and what to do then.
BROKEN = {
    "invalid_token": ("credentials_rejected", "the webhook was revoked. Enter a new one in the connection."),
    "no_service": ("credentials_rejected", "the webhook is gone. Enter a new one in the connection."),
    "no_team": ("credentials_rejected", "the workspace is not known. Enter a new webhook in the connection."),
    "channel_not_found": (
        "channel_gone",
        "the channel is gone. Enter the webhook of another one in the connection.",
    ),
    "channel_is_archived": (
        "channel_archived",
        "the channel is archived. Bring it back in Slack, or enter the webhook of another one.",
    ),
    "action_prohibited": (
        "scope_missing",
        "the workspace does not let apps post there. Ask an admin of the workspace to allow it.",
    ),
}
NO_TEXT = "no_text"


class SlackCredentials(forms.Form):
    webhook_url = SecretField(
        label="Webhook URL",
        validators=[
            RegexValidator(
                ADDRESS,
                "Enter the whole address as Slack shows it: https://hooks.slack.com/services/…",
            )
        ],
        help_text="From your Slack app, Incoming Webhooks. It is the key to one channel, so keep it secret.",
    )


class Slack(Chat):
    """One webhook, that is one channel. What is posted can be neither changed nor looked up."""

    slug: ClassVar[str] = "slack"
    label: ClassVar[str] = "Slack"
    hosts: ClassVar[str] = r"hooks\.slack(-gov)?\.com"
    Credentials: ClassVar[type[forms.Form]] = SlackCredentials
    keys_at: ClassVar[str] = "https://api.slack.com/apps"
    seconds_between: ClassVar[float] = 1.1  # https://docs.slack.dev/apis/web-api/rate-limits
    at_once: ClassVar[int] = 20
    buckets: ClassVar[tuple[Bucket, ...]] = (Bucket("messages", (Leak(1, 1 / 1.05),)),)

    @classmethod
    def root(cls, credentials: Mapping[str, str]) -> str:
        return credentials["webhook_url"].partition(SERVICES)[0]

    @classmethod
    def headers(cls, credentials: Mapping[str, str]) -> dict[str, str]:
        """Slack answers in single words, not in JSON."""
        return {"Accept": "text/plain"}

    @classmethod
    def explain(cls, body: Any) -> Problem:
        word = text(body, 60)
        code, remedy = BROKEN.get(word, (word, ""))
        return Problem(text=word, code=code, remedy=remedy)

    @classmethod
    def payer(cls, credentials: Mapping[str, str], account_id: str) -> str:
        """Whoever posts through the same webhook."""
        return credentials["webhook_url"]

    @classmethod
    def told(cls, bucket: Bucket, headers: Mapping[str, str], body: Any) -> Told | None:
        """What was not posted does not count, so the same message may follow in a simpler form."""
        return None if body == "ok" else Told(is_free=True)

    def account(self) -> Account:
        """A message without text: a webhook that lives refuses it, so nothing is posted.

        There is no other call, and the answer tells no name.
        """
        try:
            self._send({"text": ""})
        except TryLater as error:
            error.in_doubt = False  # whether it arrived or not, there was nothing in it
            raise
        except Refused as error:
            if error.said != NO_TEXT:
                raise
        workspace, webhook, *_ = [*self._path.removeprefix(SERVICES).split("/"), "", ""]
        return Account(
            name=f"the channel of webhook {webhook}, workspace {workspace}",
            account_id=f"{workspace}/{webhook}",
        )

    def post(self, *posts: Post) -> None:
        """Blocks that Slack does not take are left out once: the words matter more than their form."""
        message = blocks.message(*posts)
        try:
            self._send(message)
        except Refused as error:
            if error.said != "invalid_blocks":
                raise
            self._send({**message, "text": blocks.whole(*posts), "blocks": []})

    def _send(self, message: Mapping[str, Any]) -> None:
        """Success is the word "ok" and nothing else."""
        answer = self.client.post(self._path, json=message)
        if answer.json != "ok":
            raise TryLater(
                "Slack, POST /services/[secret]: the answer is not Slack's own.",
                code="unreadable_answer",
                status=answer.status,
                in_doubt=True,
            )

    @property
    def _path(self) -> str:
        return SERVICES + self.credentials["webhook_url"].partition(SERVICES)[2]
