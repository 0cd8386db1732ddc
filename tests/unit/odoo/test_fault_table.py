"""The fault table as it was measured on Odoo 19 by both protocols: one row per case, one fate per protocol.

Each text stands in German where Odoo translates it: the fate does not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
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
from tests.unit.odoo.servers import Answer, client, html, raising, reply

LOST = "server closed the connection unexpectedly"


@dataclass(frozen=True)
class Fault:
    """An exception in Odoo, as each protocol reports it; `json2` is the status there, None: not there."""

    name: str
    text: str
    json2: int | None

    def answer(self, protocol: str) -> Answer:
        data = {"name": self.name, "message": self.text, "arguments": [], "context": {}, "debug": "Traceback"}
        if protocol == "json2":
            return lambda _: httpx.Response(self.json2 or 500, json=data)
        body = {"error": {"code": 0, "message": "Odoo Server Error", "data": data}}
        return lambda _: reply(body)


WERKZEUG = "werkzeug.exceptions"
EXCEPTIONS = "odoo.exceptions"
PSYCOPG = "psycopg2.errors"

Way = Fault | Answer | None
"""How a case shows on one protocol; None where it cannot."""

TABLE: list[tuple[str, Way, Way, type[Exception]]] = [
    (
        "wrong key",
        Fault(f"{EXCEPTIONS}.AccessDenied", "Zugriff verweigert", None),
        Fault(f"{WERKZEUG}.Unauthorized", "Invalid apikey", 401),
        DeniedError,
    ),
    ("wrong login", lambda _: reply({"result": False}), None, DeniedError),
    (
        "unknown uid",
        Fault(f"{EXCEPTIONS}.MissingError", "Gelöscht.\n(Datensatz: res.users(99,), Benutzer: 99)", None),
        None,
        DeniedError,
    ),
    (
        "no key sent on",
        None,
        Fault(f"{WERKZEUG}.Unauthorized", "User not authenticated, use an API Key", 401),
        DeniedError,
    ),
    (
        "wrong database",
        Fault("psycopg2.OperationalError", 'FATAL:  database "x" does not exist', None),
        None,
        MisconfiguredError,
    ),
    ("wrong database, or PostgreSQL down", None, lambda _: html(404), UnavailableError),
    (
        "PostgreSQL down",
        Fault("psycopg2.OperationalError", "connection refused", None),
        None,
        UnavailableError,
    ),
    ("PostgreSQL restarting", Fault("psycopg2.OperationalError", LOST, None), None, UnavailableError),
    (
        "PostgreSQL goes during the call",
        Fault("psycopg2.InterfaceError", "connection already closed", None),
        Fault("psycopg2.InterfaceError", "connection already closed", 500),
        UnavailableError,
    ),
    (
        "unknown model",
        Fault(f"{EXCEPTIONS}.UserError", "Object x doesn't exist", None),
        Fault(f"{WERKZEUG}.NotFound", "the model 'x' does not exist", 404),
        AbsentModelError,
    ),
    (
        "unknown method",
        Fault("builtins.AttributeError", "The method 'uom.uom.x' does not exist", None),
        Fault(f"{WERKZEUG}.NotFound", "The method 'uom.uom.x' does not exist", 404),
        MisconfiguredError,
    ),
    (
        "private method",
        Fault(f"{EXCEPTIONS}.AccessError", "Private Methoden können nicht aufgerufen werden.", None),
        Fault(f"{EXCEPTIONS}.AccessError", "Private Methoden können nicht aufgerufen werden.", 403),
        RefusedModelError,
    ),
    (
        "wrong argument",
        Fault("builtins.TypeError", "missing 1 required positional argument: 'vals'", None),
        Fault(f"{WERKZEUG}.UnprocessableEntity", "missing a required argument: 'vals'", 422),
        MisconfiguredError,
    ),
    (
        "ids for a method of the model",
        None,
        Fault(f"{WERKZEUG}.UnprocessableEntity", "cannot call uom.uom.search with ids", 422),
        MisconfiguredError,
    ),
    (
        "bad path",
        None,
        Fault(f"{WERKZEUG}.NotFound", "Did you mean POST /json/2/<model>/<method>?", 404),
        MisconfiguredError,
    ),
    (
        "no right, record rule, or company",
        Fault(f"{EXCEPTIONS}.AccessError", "Sie dürfen „Produkt“ nicht anlegen", None),
        Fault(f"{EXCEPTIONS}.AccessError", "Sie dürfen „Produkt“ nicht anlegen", 403),
        RefusedModelError,
    ),
    (
        "record deleted",
        Fault(
            f"{EXCEPTIONS}.MissingError", "Gelöscht.\n(Datensatz: product.template(9,), Benutzer: 7)", None
        ),
        Fault(f"{EXCEPTIONS}.MissingError", "Gelöscht.\n(Datensatz: product.template(9,), Benutzer: 7)", 404),
        ConflictError,
    ),
    (
        "Python constraint; not null, check, unique, foreign key",
        Fault(f"{EXCEPTIONS}.ValidationError", "Der Vorgang kann nicht abgeschlossen werden", None),
        Fault(f"{EXCEPTIONS}.ValidationError", "Der Vorgang kann nicht abgeschlossen werden", 422),
        PermanentError,
    ),
    (
        "business refusal",
        Fault(f"{EXCEPTIONS}.UserError", "Die Menge muss positiv sein!", None),
        Fault(f"{EXCEPTIONS}.UserError", "Die Menge muss positiv sein!", 422),
        PermanentError,
    ),
    (
        "business refusal with a way out",
        Fault(f"{EXCEPTIONS}.RedirectWarning", "Zuerst einrichten", None),
        Fault(f"{EXCEPTIONS}.RedirectWarning", "Zuerst einrichten", 500),
        PermanentError,
    ),
    (
        "bad selection value, number, or domain",
        Fault("builtins.ValueError", "Wrong value for product.template.type: 'product'", None),
        Fault("builtins.ValueError", "Wrong value for product.template.type: 'product'", 500),
        PermanentError,
    ),
    (
        "bad field name",
        Fault("builtins.ValueError", "Invalid field 'x_pdm_key' on 'mrp.bom'", None),
        Fault("builtins.ValueError", "Invalid field 'x_pdm_key' on 'mrp.bom'", 500),
        UnknownFieldError,
    ),
    (
        "bad base64",
        Fault("binascii.Error", "Incorrect padding", None),
        Fault("binascii.Error", "Incorrect padding", 500),
        PermanentError,
    ),
    (
        "wrong cell type in load",
        Fault("builtins.AttributeError", "'bool' object has no attribute 'lower'", None),
        Fault("builtins.AttributeError", "'bool' object has no attribute 'lower'", 500),
        TransientError,  # a fault of ours or of a module: few attempts, then a dead letter
    ),
    *(
        (name, Fault(f"{PSYCOPG}.{name}", text, None), Fault(f"{PSYCOPG}.{name}", text, 500), ConflictError)
        for name, text in [
            ("SerializationFailure", "could not serialize access"),
            ("LockNotAvailable", "could not obtain lock"),
            ("DeadlockDetected", "deadlock detected"),
        ]
    ),
    (
        "record locked",
        Fault(f"{EXCEPTIONS}.LockError", "Gesperrt", None),
        Fault(f"{EXCEPTIONS}.LockError", "Gesperrt", 409),
        ConflictError,
    ),
    (
        "malformed JSON: nothing of ours, a proxy in between",
        lambda _: httpx.Response(400, text="Invalid JSON-RPC data"),
        lambda _: html(400),
        MisconfiguredError,
    ),
    (
        "malformed request",
        None,
        Fault(f"{WERKZEUG}.BadRequest", "Invalid JSON data", 400),
        PermanentError,
    ),
    ("wrong content type", lambda _: html(415), lambda _: html(415), MisconfiguredError),
    (
        "body too large for Odoo",
        Fault(f"{WERKZEUG}.RequestEntityTooLarge", "413 Request Entity Too Large", None),
        Fault(f"{WERKZEUG}.RequestEntityTooLarge", "413 Request Entity Too Large", 413),
        PermanentError,
    ),
    ("body too large for nginx", lambda _: html(413), lambda _: html(413), PermanentError),
    ("session expired", Fault("odoo.http.SessionExpiredException", "Abgelaufen", None), None, DeniedError),
    (
        "Odoo down",
        raising(httpx.ConnectError("refused")),
        raising(httpx.ConnectError("refused")),
        UnavailableError,
    ),
    ("nginx, Odoo down", lambda _: html(502), lambda _: html(502), UnavailableError),
    ("nginx, nobody there", lambda _: html(503), lambda _: html(503), UnavailableError),
    ("too many calls", lambda _: html(429), lambda _: html(429), UnavailableError),
    (
        "nginx lost patience: Odoo goes on and commits",
        lambda _: html(504),
        lambda _: html(504),
        AmbiguousError,
    ),
    (
        "worker over its limit: connection closed",
        raising(httpx.RemoteProtocolError("Server disconnected")),
        raising(httpx.RemoteProtocolError("Server disconnected")),
        AmbiguousError,
    ),
    (
        "our time-out",
        raising(httpx.ReadTimeout("timed out")),
        raising(httpx.ReadTimeout("timed out")),
        AmbiguousError,
    ),
    ("protocol switched off", lambda _: html(404), lambda _: html(404), UnavailableError),
]


def up(answer: Answer) -> Answer:
    """Answer the question whether Odoo is there at all, and everything else by `answer`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/web/version":
            return httpx.Response(200, json={"version_info": [19, 0]})
        if b'"method":"version"' in request.content:
            return reply({"result": {"server_serie": "19.0"}})
        return answer(request)

    return handle


CASES = [
    pytest.param(
        protocol, way.answer(protocol) if isinstance(way, Fault) else way, fate, id=f"{protocol}-{case}"
    )
    for case, *ways, fate in TABLE
    for protocol, way in zip(("jsonrpc", "json2"), ways, strict=True)
    if way is not None
]


@pytest.mark.parametrize(("protocol", "answer", "fate"), CASES)
def test_a_case_has_one_fate_on_both_protocols(protocol: str, answer: Answer, fate: type[Exception]) -> None:
    odoo = client(up(answer), protocol=protocol)

    with pytest.raises(fate) as caught:
        odoo.call("product.template", "write", ids=[1], vals={})

    assert type(caught.value) is fate
    assert "Traceback" not in str(caught.value)
