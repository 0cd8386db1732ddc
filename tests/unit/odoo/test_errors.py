"""The fault table: what Odoo says → who is at fault."""

from __future__ import annotations

import pytest

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
from consumers.odoo.errors import from_fault, from_load_message
from consumers.odoo.statuses import from_status
from schemas.dead_letter import Reason

FAULTS: list[tuple[str, str, type[Exception]]] = [
    ("odoo.exceptions.AccessDenied", "Access Denied", DeniedError),
    ("odoo.exceptions.AccessError", "You are not allowed to create 'Product'", RefusedModelError),
    ("odoo.exceptions.ValidationError", "Barcode(s) already assigned", PermanentError),
    ("odoo.exceptions.UserError", "The quantity to produce must be positive!", PermanentError),
    ("odoo.exceptions.UserError", "Object mrp.bom doesn't exist", AbsentModelError),
    ("odoo.exceptions.RedirectWarning", "Configure it first", PermanentError),
    ("odoo.exceptions.MissingError", "Record does not exist or has been deleted.", ConflictError),
    ("odoo.exceptions.LockError", "locked", ConflictError),
    ("odoo.exceptions.ConcurrencyError", "busy", ConflictError),
    ("odoo.http.SessionExpiredException", "Session expired", DeniedError),
    ("psycopg2.errors.SerializationFailure", "could not serialize access", ConflictError),
    ("psycopg2.errors.DeadlockDetected", "deadlock detected", ConflictError),
    ("psycopg2.errors.LockNotAvailable", "could not obtain lock", ConflictError),
    ("psycopg2.errors.NotNullViolation", "null value in column", PermanentError),
    ("psycopg2.errors.UniqueViolation", "duplicate key value", PermanentError),
    ("psycopg2.errors.CheckViolation", "violates check constraint", PermanentError),
    ("psycopg2.errors.NumericValueOutOfRange", "integer out of range", PermanentError),
    ("psycopg2.errors.StringDataRightTruncation", "value too long", PermanentError),
    ("psycopg2.errors.InvalidTextRepresentation", "invalid input syntax", PermanentError),
    ("psycopg2.errors.DatetimeFieldOverflow", "date out of range", PermanentError),
    ("psycopg2.errors.DivisionByZero", "division by zero", PermanentError),
    ("psycopg2.errors.ForeignKeyViolation", "is still referenced", PermanentError),
    ("psycopg2.errors.ExclusionViolation", "conflicting key value", PermanentError),
    ("psycopg2.errors.RestrictViolation", "is still referenced", PermanentError),
    # Their names end like those of refused values, and no value is at fault.
    ("psycopg2.errors.ProtocolViolation", "invalid message length", TransientError),
    ("psycopg2.errors.TransactionIntegrityConstraintViolation", "rollback", TransientError),
    ("psycopg2.errors.SyntaxErrorOrAccessRuleViolation", "syntax error", TransientError),
    ("psycopg2.errors.DatabaseDropped", "was dropped", UnavailableError),
    ("psycopg2.errors.IdleSessionTimeout", "terminating connection", UnavailableError),
    ("psycopg2.errors.InsufficientResources", "no room", UnavailableError),
    ("psycopg2.errors.SystemError", "could not read block", UnavailableError),
    ("psycopg2.errors.SqlclientUnableToEstablishSqlconnection", "no connection", UnavailableError),
    ("odoo.sql_db.PoolError", "The Connection Pool Is Full", UnavailableError),
    ("psycopg2.errors.AdminShutdown", "terminating connection", UnavailableError),
    ("psycopg2.errors.CrashShutdown", "another server process crashed", UnavailableError),
    ("psycopg2.errors.CannotConnectNow", "the database system is starting up", UnavailableError),
    ("psycopg2.errors.ConnectionFailure", "connection lost", UnavailableError),
    ("psycopg2.errors.TooManyConnections", "too many clients already", UnavailableError),
    ("psycopg2.errors.DiskFull", "No space left on device", UnavailableError),
    ("psycopg2.errors.OutOfMemory", "out of memory", UnavailableError),
    ("psycopg2.errors.ReadOnlySqlTransaction", "read-only transaction", UnavailableError),
    ("psycopg2.errors.UndefinedColumn", "no such column", MisconfiguredError),
    ("psycopg2.errors.UndefinedTable", "no such table", MisconfiguredError),
    ("psycopg2.errors.QueryCanceled", "statement timeout", TransientError),
    ("psycopg2.errors.InFailedSqlTransaction", "commands ignored", TransientError),
    ("psycopg2.errors.SomethingNew", "never seen", TransientError),
    ("psycopg2.OperationalError", "connection refused", UnavailableError),
    ("psycopg2.OperationalError", 'FATAL:  database "x" does not exist', MisconfiguredError),
    ("psycopg2.InterfaceError", "connection already closed", UnavailableError),
    ("builtins.ValueError", "Wrong value for product.template.type: 'product'", PermanentError),
    ("builtins.ValueError", "Invalid field 'x_pdm_key' on 'mrp.bom'", UnknownFieldError),
    ("builtins.TypeError", "got an unexpected keyword argument", MisconfiguredError),
    ("builtins.TypeError", "missing 1 required positional argument: 'data'", MisconfiguredError),
    ("builtins.TypeError", "unsupported operand type(s) for +: 'int' and 'str'", TransientError),
    ("builtins.AttributeError", "The method 'uom.uom.x' does not exist", MisconfiguredError),
    ("builtins.AttributeError", "'NoneType' object has no attribute 'id'", TransientError),
    ("builtins.IndexError", "list index out of range", TransientError),
    ("builtins.KeyError", "'uom_id'", TransientError),
    ("builtins.RecursionError", "maximum recursion depth exceeded", TransientError),
    # One large message may be the cause, so it is looked for by halving.
    ("builtins.MemoryError", "", AmbiguousError),
    ("builtins.OSError", "[Errno 28] No space left on device: '/filestore/ab/abc'", UnavailableError),
    ("builtins.OSError", "[Errno 24] Too many open files", UnavailableError),
    ("builtins.OSError", "[Errno 12] Cannot allocate memory", UnavailableError),
    ("builtins.OSError", "[Errno 5] Input/output error", UnavailableError),
    ("builtins.OSError", "[Errno 36] File name too long: '[Errno 28]'", TransientError),
    ("builtins.RuntimeError", "can't start new thread", UnavailableError),
    ("builtins.RuntimeError", "dictionary changed size during iteration", TransientError),
    ("psycopg2.errors.InsufficientPrivilege", "permission denied for table product", MisconfiguredError),
    ("werkzeug.exceptions.Forbidden", "You don't have the permission", MisconfiguredError),
    ("werkzeug.exceptions.TooManyRequests", "Slow down", UnavailableError),
    ("werkzeug.exceptions.BadGateway", "Nobody there", UnavailableError),
    ("werkzeug.exceptions.ServiceUnavailable", "Maintenance", UnavailableError),
    ("werkzeug.exceptions.GatewayTimeout", "Lost patience", AmbiguousError),
    # Texts that only resemble those that speak of us, of a model, of a field.
    ("odoo.exceptions.MissingError", "Gone.\n(Record: res.users(7,), User: 7)", DeniedError),
    ("odoo.exceptions.MissingError", "Gone.\n(Record: res.users(999999,), User: 7)", ConflictError),
    ("odoo.exceptions.MissingError", "Gone.\n(Record: res.users(7,), User: 77)", ConflictError),
    ("odoo.exceptions.UserError", "Object number already exists", PermanentError),
    ("odoo.exceptions.UserError", "Object mrp.bom doesn't exist in this warehouse", PermanentError),
    ("builtins.ValueError", "Wrong value for product.template.type: 'Invalid field'", PermanentError),
    ("binascii.Error", "Incorrect padding", PermanentError),
    ("werkzeug.exceptions.RequestEntityTooLarge", "413", PermanentError),
    ("addon.exceptions.SomethingNew", "never seen", TransientError),
    ("", "Odoo Server Error", TransientError),
]


@pytest.mark.parametrize(("name", "text", "expected"), FAULTS)
def test_a_fault_has_one_fate(name: str, text: str, expected: type[Exception]) -> None:
    error = from_fault({"name": name, "message": text})

    assert type(error) is expected


@pytest.mark.parametrize(
    "text",
    [
        "argument of type 'NoneType' is not iterable",
        "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
    ],
)
def test_a_fault_of_a_module_that_speaks_of_arguments_holds_nobody(text: str) -> None:
    assert type(from_fault({"name": "builtins.TypeError", "message": text})) is TransientError


@pytest.mark.parametrize(
    "name",
    [
        "psycopg2.errors.QueryCanceled",
        "psycopg2.errors.ProtocolViolation",
        "builtins.AttributeError",
        "builtins.KeyError",
        "builtins.TypeError",
        "addon.exceptions.SomethingNew",
        "",
    ],
)
def test_what_says_nothing_of_the_message_gets_the_few_attempts_of_what_nobody_foresaw(name: str) -> None:
    error = from_fault({"name": name, "message": "what it was"})

    assert isinstance(error, TransientError)
    assert error.reason is Reason.UNFORESEEN
    assert "what it was" in str(error)
    assert name.removeprefix("psycopg2.errors.") in str(error)


def test_a_database_that_is_down_is_no_misconfiguration() -> None:
    error = from_fault({"name": "psycopg2.OperationalError", "message": "connection refused"})

    assert not isinstance(error, MisconfiguredError)


def test_a_request_that_is_too_large_names_its_own_reason() -> None:
    error = from_fault({"name": "werkzeug.exceptions.RequestEntityTooLarge", "message": ""})

    assert isinstance(error, PermanentError)
    assert error.reason is Reason.TOO_LARGE


def test_foreign_text_is_cut_and_the_traceback_stays_out() -> None:
    fault = {"name": "odoo.exceptions.UserError", "message": "x" * 5000, "debug": "Traceback: password=1"}

    text = str(from_fault(fault))

    assert len(text) < 700
    assert "Traceback" not in text


STATUSES: list[tuple[int, str, type[Exception]]] = [
    (404, "text/html", UnavailableError),
    (502, "text/html", UnavailableError),
    (503, "text/html", UnavailableError),
    (200, "text/html", UnavailableError),
    (500, "", UnavailableError),
    (413, "text/html", PermanentError),
    (504, "text/html", AmbiguousError),
    (429, "text/html", UnavailableError),
    (301, "text/html", MisconfiguredError),
    (400, "text/html", MisconfiguredError),
    (401, "text/html", MisconfiguredError),
    (407, "text/html", MisconfiguredError),
    (403, "text/html", MisconfiguredError),
    (415, "text/html", MisconfiguredError),
]


@pytest.mark.parametrize(("status", "content_type", "expected"), STATUSES)
def test_a_reply_that_is_not_json_comes_from_before_odoo(
    status: int, content_type: str, expected: type[Exception]
) -> None:
    error = from_status(status, content_type)

    assert type(error) is expected
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("could not serialize access due to concurrent update\n", ConflictError),
        ("deadlock detected", ConflictError),
        ("could not obtain lock on row", ConflictError),
        ("No matching record found for name 'x' in field 'Unit'", PermanentError),
        ("Missing required value for the field 'Name' (name).", PermanentError),
    ],
)
def test_a_message_of_load_is_the_rows_fault_unless_someone_else_was_writing(
    text: str, expected: type[Exception]
) -> None:
    assert type(from_load_message(text)) is expected


@pytest.mark.parametrize(
    "text",
    [
        "Unknown error during import: <class 'OSError'>: [Errno 28] No space left on device: '/filestore/a'",
        "Unbekannter Fehler beim Import: <class 'RuntimeError'>: can't start new thread",
        'could not extend file "base/16384/2619": No space left on device\nHINT:  Check free disk space.',
    ],
)
def test_a_server_that_has_run_out_of_something_blames_no_row(text: str) -> None:
    with pytest.raises(UnavailableError, match="run out of"):
        from_load_message(text)
