"""Odoo's faults as ours: one table for both protocols, by the name of the exception that Odoo reports.

A newcomer would get wrong that Odoo's texts are translated and its HTTP status says little: a bad
value is a 500, a database that is down is a 404 in HTML. Names are stable. Where a text is asked, it
is Python's, PostgreSQL's or werkzeug's, which nobody translates. Source: measured on Odoo 19; the same
names are raised by Odoo 14 to 18, except werkzeug's, which only JSON-2 reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from consumers.errors import (
    AbsentModelError,
    AmbiguousError,
    ConflictError,
    DeniedError,
    MisconfiguredError,
    PermanentError,
    RefusedModelError,
    TransientError,
    UnavailableError,
    UnknownFieldError,
)
from consumers.odoo.statuses import OF_THE_WAY, Fault, from_status
from schemas.dead_letter import Reason, cut

_WRONG_CALL = re.compile(r"(keyword|positional) argument")
"""What Python says of a function that is called with the wrong arguments."""
_NO_MODEL = re.compile(r"Object \S+ doesn't exist")
"""`execute_kw`'s word for an unknown model; a constraint may say that an object exists already."""
_NO_USER = re.compile(r"res\.users\((\d+),\)\D+\1\b")
"""The record that is missing, and the user who asks, are the same: "res.users(7,), User: 7"."""
_NO_THREAD = "can't start new thread"
_ERRNO = r"\[Errno (5|12|23|24|28|30|122)\]"
"""What no message can be blamed for: I/O error, memory, open files, space, read-only, quota."""
_EXHAUSTED = re.compile(
    rf"<class 'OSError'>: {_ERRNO}|<class 'RuntimeError'>: {_NO_THREAD}|could not extend file"
)
"""The same in a message of `load()`, and PostgreSQL's word for a full disk."""

_LIMIT = 600
"""Foreign text is cut to this many bytes; the traceback (`debug`) never leaves this module."""


def _refused(text: str) -> Fault:
    return PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses: {text}")


def _user_error(text: str) -> Fault:
    if _NO_MODEL.fullmatch(text):
        return AbsentModelError(f"{text}; is the module installed?")
    return _refused(text)


def _value_error(text: str) -> Fault:
    # At the start: a value that is refused is quoted, whatever it says.
    if text.startswith("Invalid field"):
        return UnknownFieldError(
            f"{text}; its fields are read anew. For an x_pdm_ field, run `pdm-odoo odoo setup`"
        )
    return _refused(text)


def _wrong_call(text: str) -> Fault:
    return MisconfiguredError(f"Odoo does not take this call: {text}; is its version supported?")


def _type_error(text: str) -> Fault:
    if _WRONG_CALL.search(text):
        return _wrong_call(text)
    return _unforeseen(f"builtins.TypeError: {text}")


def _attribute_error(text: str) -> Fault:
    # A method that this version of Odoo does not have concerns all; a module's own fault only some.
    if "does not exist" in text:
        return _wrong_call(text)
    return _unforeseen(f"builtins.AttributeError: {text}")


def _os_error(text: str) -> Fault:
    return _exhausted(text) if re.match(_ERRNO, text) else _unforeseen(f"builtins.OSError: {text}")


def _runtime_error(text: str) -> Fault:
    return _exhausted(text) if text == _NO_THREAD else _unforeseen(f"builtins.RuntimeError: {text}")


def _exhausted(text: str) -> UnavailableError:
    return UnavailableError(f"Odoo's server has run out of something: {text.strip()}")


def _no_memory(text: str) -> Fault:
    # One large message may be the cause: halving finds it, as when a worker dies of it, and when all
    # fail alike the batch is held.
    return AmbiguousError(f"Odoo ran out of memory: {text}")


def _unforeseen(text: str) -> Fault:
    return TransientError(Reason.UNFORESEEN, f"Odoo failed: {text}")


def _database(text: str) -> Fault:
    if "does not exist" in text:
        return MisconfiguredError(f"{text.strip()}; check ODOO_DB")
    return UnavailableError(f"Odoo cannot reach its database: {text.strip()}")


def _login(text: str) -> Fault:
    return DeniedError(f"Odoo denies access: {text}")


def _missing(text: str) -> Fault:
    # JSON-RPC's word for a wrong uid. Any other user that is missing is a value that was written.
    if _NO_USER.search(text):
        return _login(text)
    # Every handler reads before it writes: a record that is missing now vanished in between.
    return ConflictError(text)


def _not_found(text: str) -> Fault:
    # JSON-2's word for an unknown model, and for an unknown method.
    if text.startswith("the model "):
        return AbsentModelError(f"{text}; is the module installed?")
    return _wrong_call(text)


def _rights(text: str) -> Fault:
    return RefusedModelError(f"the user lacks a right in Odoo: {text}")


_SQL_REFUSED = frozenset(
    {
        "CheckViolation",
        "DatetimeFieldOverflow",
        "DivisionByZero",
        "ExclusionViolation",
        "ForeignKeyViolation",
        "InvalidTextRepresentation",
        "NotNullViolation",
        "NumericValueOutOfRange",
        "RestrictViolation",
        "StringDataRightTruncation",
        "UniqueViolation",
    }
)
"""PostgreSQL's conditions that speak of a value."""

_SQL_DOWN = frozenset(
    {
        "AdminShutdown",
        "CannotConnectNow",
        "ConnectionDoesNotExist",
        "ConnectionException",
        "ConnectionFailure",
        "CrashShutdown",
        "DatabaseDropped",
        "IdleSessionTimeout",
        "InsufficientResources",
        "SqlclientUnableToEstablishSqlconnection",
        "SystemError",
        "DiskFull",
        "IoError",
        "OutOfMemory",
        "ReadOnlySqlTransaction",
        "TooManyConnections",
    }
)
_SQL_UPGRADING = frozenset({"UndefinedColumn", "UndefinedTable"})


def _sql(condition: str, text: str) -> Fault:
    """Return the error for one of PostgreSQL's conditions; most say nothing about the message."""
    if condition in _SQL_REFUSED:
        return _refused(f"{condition}: {text}")
    if condition in _SQL_DOWN:
        return UnavailableError(f"Odoo's database cannot work: {condition}: {text.strip()}")
    if condition == "InsufficientPrivilege":
        return MisconfiguredError(f"Odoo's own user lacks a right in PostgreSQL: {text.strip()}")
    if condition in _SQL_UPGRADING:
        return MisconfiguredError(f"{text.strip()}; is a module of Odoo being upgraded?")
    return _unforeseen(f"{condition}: {text}")


_TABLE: Mapping[str, Callable[[str], Fault]] = {
    "odoo.exceptions.AccessDenied": _login,
    "odoo.exceptions.AccessError": _rights,
    "odoo.exceptions.ValidationError": _refused,
    "odoo.exceptions.UserError": _user_error,
    "odoo.exceptions.RedirectWarning": _refused,
    "odoo.exceptions.MissingError": _missing,
    "odoo.exceptions.LockError": ConflictError,
    "odoo.exceptions.ConcurrencyError": ConflictError,
    "odoo.http.SessionExpiredException": _login,
    "psycopg2.errors.SerializationFailure": ConflictError,
    "psycopg2.errors.DeadlockDetected": ConflictError,
    "psycopg2.errors.LockNotAvailable": ConflictError,
    "psycopg2.OperationalError": _database,
    "psycopg2.InterfaceError": _database,
    "builtins.ValueError": _value_error,
    "odoo.sql_db.PoolError": lambda text: UnavailableError(f"Odoo has no database connection left: {text}"),
    "builtins.TypeError": _type_error,
    "builtins.AttributeError": _attribute_error,
    "builtins.OSError": _os_error,
    "builtins.RuntimeError": _runtime_error,
    "builtins.MemoryError": _no_memory,
    "binascii.Error": _refused,
    # More pixels than Odoo even asks how many: its own refusal, at 50 million, has words.
    "PIL.Image.DecompressionBombError": _refused,
    "werkzeug.exceptions.BadRequest": _refused,
    "werkzeug.exceptions.Unauthorized": _login,
    "werkzeug.exceptions.Forbidden": lambda _: from_status(403),
    "werkzeug.exceptions.NotFound": _not_found,
    "werkzeug.exceptions.UnprocessableEntity": _wrong_call,
    "werkzeug.exceptions.RequestEntityTooLarge": lambda _: PermanentError(
        Reason.TOO_LARGE, "Odoo refuses the request as too large; see web.max_file_upload_size"
    ),
    "werkzeug.exceptions.TooManyRequests": lambda _: from_status(429),
    "werkzeug.exceptions.BadGateway": lambda _: from_status(502),
    "werkzeug.exceptions.ServiceUnavailable": lambda _: from_status(503),
    "werkzeug.exceptions.GatewayTimeout": lambda _: from_status(504),
}


def from_fault(data: Mapping[str, Any]) -> Fault:
    """Return the error for a fault (`name`, `message`): JSON-RPC's `error.data`, JSON-2's body."""
    name = str(data.get("name", ""))
    text = cut(str(data.get("message") or name), _LIMIT)
    make = _TABLE.get(name)
    if make is not None:
        return make(text)
    if name.startswith("psycopg2.errors."):
        return _sql(name.removeprefix("psycopg2.errors."), text)
    return _unforeseen(f"{name}: {text}")


def is_odoos(status: int, fault: Any) -> bool:
    """Return whether a reply's `fault` is an exception in Odoo, and not a proxy's own JSON.

    Odoo names the exception with its module (odoo.exceptions.UserError), a proxy does not (Unauthorized).
    """
    name = str(fault.get("name", "")) if isinstance(fault, dict) else ""
    return "." in name and status not in OF_THE_WAY and (status != 401 or name in _TABLE)


_CONFLICTS = ("could not serialize", "deadlock detected", "could not obtain lock")


def from_load_message(text: str) -> PermanentError | ConflictError:
    """Return the error for one message of `load()`, which reports failures with HTTP 200.

    Raises:
        UnavailableError: Odoo's server cannot work: no row is at fault.
    """
    if _EXHAUSTED.search(text):
        raise _exhausted(cut(text, _LIMIT))
    if any(mark in text for mark in _CONFLICTS):
        return ConflictError(cut(text.strip(), _LIMIT))
    return PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses: {cut(text.strip(), _LIMIT)}")
