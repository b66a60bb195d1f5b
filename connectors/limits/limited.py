"""What a vendor declares about its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.limits.bucket import Bucket
from connectors.limits.kinds import Told


class Limited:
    """Without buckets nothing is counted; a vendor that does not answer is left alone all the same.

    ``buckets``: the first that counts a call is what the call takes from.
    """

    buckets: ClassVar[tuple[Bucket, ...]] = ()

    @classmethod
    def payer(cls, credentials: Mapping[str, str], account_id: str) -> str:
        """Whose limits these are: connections with the same payer share them. "" = only its own.

        ``account_id`` is what ``account`` answered last, "" before that.
        """
        return account_id

    @classmethod
    def told(cls, bucket: Bucket, headers: Mapping[str, str], body: Any) -> Told | None:
        """What any answer, a refusal too, says about its bucket. ``Retry-After`` is read without this.

        ``bucket`` is what the call was taken from. A vendor that counts something else than calls says with
        each what it may cost (``client.post(…, cost=…)``); what is left in the end counts.
        """
        return None
