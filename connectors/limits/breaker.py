"""Whether a vendor is taken for down: after failures in a row nobody calls it, but one probe at a time."""

from __future__ import annotations

import msgspec

FAILURES = 5  # in a row; fewer happen to every vendor
FIRST_WAIT = 5.0  # seconds, doubled by every probe that fails
LONGEST_WAIT = 300.0


class Breaker(msgspec.Struct, frozen=True):
    """Times are seconds since 1970. ``opened_at`` is 0 while the vendor answers."""

    failures: int = 0
    opened_at: float = 0.0
    retry_at: float = 0.0
    probing_until: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.opened_at > 0

    def wait(self, now: float) -> float:
        """Seconds during which nobody calls; 0 when a call may be made, as a probe if it is open."""
        wait = max(self.retry_at, self.probing_until) - now if self.is_open else 0.0
        return wait if 0 < wait <= LONGEST_WAIT else 0.0  # a clock may have been set back

    def probed(self, now: float, seconds: float) -> Breaker:
        """One call goes out to see; the others wait for it, though no longer than a call may take."""
        return msgspec.structs.replace(self, probing_until=now + seconds)

    def failed(self, now: float, *, was_probe: bool) -> Breaker:
        """No answer, or one that says the vendor is in trouble. Once it is open, only a probe brings news."""
        if self.is_open and not was_probe:
            return self
        failures = min(self.failures + 1, 1000)
        if failures < FAILURES:
            return Breaker(failures=failures)
        wait = min(FIRST_WAIT * 2.0 ** min(failures - FAILURES, 12), LONGEST_WAIT)
        return Breaker(failures=failures, opened_at=self.opened_at or now, retry_at=now + wait)

    def worked(self) -> Breaker:
        """Any answer that is not a failure of the vendor's own closes it."""
        return Breaker()
