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
from schemas.dead_letter import Reason, cut

Fault = PermanentError | TransientError | UnavailableError

_WRONG_CALL = re.compile(r"(keyword|positional) argument")
"""What Python says of a function that is called with the wrong arguments."""

_LIMIT = 600
"""Foreign text is cut to this many bytes; the traceback (`debug`) never leaves this module."""


def _refused(text: str) -> Fault:
    return PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses: {text}")


def _user_error(text: str) -> Fault:
    # `execute_kw` reports an unknown model as a UserError: "Object x doesn't exist".
    if text.startswith("Object ") and "exist" in text:
        return RefusedModelError(f"{text}; is the module installed?")
    return _refused(text)


def _value_error(text: str) -> Fault:
    if "Invalid field" in text:
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


def _unforeseen(text: str) -> Fault:
    return TransientError(Reason.UNFORESEEN, f"Odoo failed: {text}")


def _database(text: str) -> Fault:
    if "does not exist" in text:
        return MisconfiguredError(f"{text.strip()}; check ODOO_DB")
    return UnavailableError(f"Odoo cannot reach its database: {text.strip()}")


def _login(text: str) -> Fault:
    return DeniedError(f"Odoo denies access: {text}")


def _missing(text: str) -> Fault:
    # No handler reads users: it is we who are missing, JSON-RPC's word for a wrong uid.
    if "res.users(" in text:
        return _login(text)
    # Every handler reads before it writes: a record that is missing now vanished in between.
    return ConflictError(text)


def _not_found(text: str) -> Fault:
    # JSON-2's word for an unknown model, and for an unknown method.
    if text.startswith("the model "):
        return RefusedModelError(f"{text}; is the module installed?")
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
    "binascii.Error": _refused,
    "werkzeug.exceptions.BadRequest": _refused,
    "werkzeug.exceptions.Unauthorized": _login,
    "werkzeug.exceptions.NotFound": _not_found,
    "werkzeug.exceptions.UnprocessableEntity": _wrong_call,
    "werkzeug.exceptions.RequestEntityTooLarge": lambda _: PermanentError(
        Reason.TOO_LARGE, "Odoo refuses the request as too large; see web.max_file_upload_size"
    ),
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


_BEFORE_ODOO = frozenset({301, 302, 307, 308, 400, 401, 403, 407, 415})
"""Redirects and refusals that concern every request. Odoo itself says 400 of what is no JSON, never sent."""


def from_status(status: int, content_type: str) -> Fault:
    """Return the error for a reply that names no fault: something before Odoo answered, or half of it."""
    seen = f"HTTP {status} {content_type or 'without content type'}"
    if status == 413:
        return PermanentError(
            Reason.TOO_LARGE, f"{seen}: a proxy refuses the request as too large; raise its body limit"
        )
    if status == 504:
        # The proxy gave up waiting; Odoo goes on and commits.
        return AmbiguousError(f"{seen}: the proxy lost patience")
    if status == 429:
        return UnavailableError(f"{seen}: too many calls; lower ODOO_CALLS_PER_SECOND, ODOO_PARALLEL_CALLS")
    if status in _BEFORE_ODOO:
        return MisconfiguredError(f"{seen}: refused before Odoo; check ODOO_URL, ODOO_PROXY and the proxy")
    return UnavailableError(
        f"{seen} instead of an answer of Odoo's: is this Odoo's address, is ODOO_DB there, and is it up?"
    )


_CONFLICTS = ("could not serialize", "deadlock detected", "could not obtain lock")


def from_load_message(text: str) -> PermanentError | ConflictError:
    """Return the error for one message of `load()`, which reports failures with HTTP 200."""
    if any(mark in text for mark in _CONFLICTS):
        return ConflictError(cut(text.strip(), _LIMIT))
    return PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses: {cut(text.strip(), _LIMIT)}")
