"""The three fates of a failure. Who is at fault decides what happens to the message.

::

    PipelineError
    ├── PermanentError          the message is wrong     → dead letter now
    ├── TransientError          the moment is wrong      → retry, a bounded number of times
    │   ├── ConflictError       someone else was writing → at once again, then retry
    │   └── AmbiguousError      the reply was lost       → read again, then retry
    └── UnavailableError        the world is down        → hold: no attempt is spent
        └── MisconfiguredError  login, rights, fields    → hold: a person has to act
            ├── DeniedError        login, key, password  → hold
            ├── UnknownFieldError  a field is not there  → hold, and read the fields anew
            └── RefusedModelError  one right or module   → hold, unless the message named the model
                └── AbsentModelError   its module is not installed

A handler returns the first two as values, one per event, when it knows the event at fault. Raised,
they speak of the whole batch, which is then taken apart until the event at fault stands alone.
"""

from __future__ import annotations

from schemas.dead_letter import Reason


class PipelineError(Exception):
    """A foreseen failure. Its text is for an ERP administrator: what, which value, what to do."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class PermanentError(PipelineError):
    """The message is at fault; no retry can help."""


class TransientError(PipelineError):
    """The moment is at fault; the same message may succeed later."""


class ConflictError(TransientError):
    """Another transaction touched the same records."""

    def __init__(self, text: str) -> None:
        super().__init__(Reason.CONFLICT, text)


class AmbiguousError(TransientError):
    """The request was sent and no reply came: Odoo may or may not have committed."""

    def __init__(self, text: str) -> None:
        super().__init__(Reason.CONFLICT, text)


class UnavailableError(Exception):
    """Odoo cannot be reached or cannot work. Nothing is wrong with the message."""

    def __init__(self, text: str, *, retry_after: float = 0.0, status: int | None = None) -> None:
        """Say what is down, after how many seconds to ask again at the earliest, and who said so.

        `status` is the HTTP status of an answer that is not Odoo's: a proxy, or no such address.
        """
        super().__init__(text)
        self.retry_after = retry_after
        self.status = status


class MisconfiguredError(UnavailableError):
    """Odoo answers, and refuses us: login, rights, database or a missing field. A person has to act."""


class DeniedError(MisconfiguredError):
    """Odoo does not know us: the login, the key or the password is wrong."""


class UnknownFieldError(MisconfiguredError):
    """Odoo has no field of that name: it was removed, or never added."""


class RefusedModelError(MisconfiguredError):
    """Odoo refuses one model: the user lacks a right, or the module is not installed."""


class AbsentModelError(RefusedModelError):
    """Odoo does not have the model: its module is not installed."""
