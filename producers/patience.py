"""How long to wait for the broker, and what to say when that was too long. Pure: times are arguments."""

from __future__ import annotations

from dataclasses import dataclass

from producers.errors import BrokerError, BrokerUnavailableError, ConfirmTimeoutError

LONGEST_PAUSE = 30.0
"""Seconds: upper end of the pause between two attempts to connect. Doubles from 1, fully jittered."""
_WHILE_WAITED_FOR = 2.0
_STABLE_AFTER = 60.0

UNKNOWN = "; whether it arrived is unknown, publish it again"


@dataclass
class Line:
    """What is known of the publisher's connection. Moments are seconds of one clock that only grows."""

    where: str
    silence: float
    """Longest time without any progress before a call is given up."""
    blocked_limit: float
    """The same while the broker's memory or disk alarm blocks us."""
    fault: BrokerError
    """Why the line is not ready, or was not the last time."""
    ready: bool = False
    failures: int = 0
    """Connections that failed or were lost in a row; a stable one starts the count anew."""
    opened_at: float | None = None
    blocked: str | None = None
    """The alarm in the broker's words while it blocks us."""
    since: float = 0.0
    """When the line became ready, blocked or unblocked."""
    heard: float = 0.0
    """When the broker last confirmed, or was first given something to confirm."""

    def opened(self, now: float) -> None:
        """Note that messages can be sent."""
        self.ready, self.blocked = True, None
        self.opened_at = self.since = self.heard = now

    def lost(self, fault: BrokerError, now: float) -> None:
        """Note that the connection failed or is gone."""
        stable = self.opened_at is not None and now - self.opened_at >= _STABLE_AFTER
        self.failures = 1 if stable else self.failures + 1
        self.ready, self.opened_at, self.blocked, self.fault = False, None, None, fault

    def block(self, reason: str | None, now: float) -> None:
        """Note that an alarm blocks us for `reason`, or with None that it is over."""
        self.blocked, self.since, self.heard = reason, now, now

    def deadline(self, touched: float) -> float:
        """Return until when a call waits whose last progress was at `touched`."""
        longest = self.silence if self.blocked is None else self.blocked_limit
        return max(touched, self.since) + longest

    def mute(self, now: float) -> bool:
        """Tell whether a ready line has been silent so long that it is better replaced.

        A half-open connection looks like this long before its heartbeats fail.
        """
        return self.ready and self.blocked is None and now - self.heard >= self.silence

    def late(self, waited: float) -> BrokerError:
        """Return the fault of a call that is given up after `waited` seconds without progress."""
        if not self.ready:
            return type(self.fault)(str(self.fault))
        if self.blocked is not None:
            return BrokerUnavailableError(
                f"RabbitMQ at {self.where} takes no messages ({self.blocked}); free memory or disk there"
            )
        return ConfirmTimeoutError(
            f"no answer from RabbitMQ at {self.where} for {waited:.1f} s{UNKNOWN}; "
            "look there for queues without a leader and for a slow disk"
        )

    def longest_pause(self, *, waited_for: bool) -> float:
        """Return the upper end of the pause before the next attempt; short while a call waits for it."""
        longest = _WHILE_WAITED_FOR if waited_for else LONGEST_PAUSE
        return float(min(longest, 2.0 ** min(max(self.failures, 1) - 1, 10)))
