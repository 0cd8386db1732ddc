"""The contract for people and programs outside: JSON Schemas and an AsyncAPI document, from the models.

A newcomer would get wrong that these schemas are stricter than we are: they are for producers and
refuse unknown fields, while a consumer ignores them, so that a newer producer may add some.
"""

# ruff: noqa: D301 - click wants the character \b itself, which keeps the lines of an example apart
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

import schemas
from schemas import dead_letter, settled
from schemas.event import CONTENT_TYPE, Envelope
from schemas.kinds import BY_TYPE, KINDS, Consumer, Kind
from schemas.topology import EVENTS, RESULTS, TOPOLOGY, dead_queue

FOLDER = Path(schemas.__file__).parent / "generated"
HINT = "run `pdm-odoo schemas` and commit schemas/generated"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BINDING_VERSION = "0.3.0"
_DECIMAL = r"^\d+(\.\d+)?([eE][+-]?\d+)?$"


def documents() -> dict[str, str]:
    """Return each generated file: its name and its text."""
    shapes: dict[str, Any] = {
        "envelope.json": _envelope(),
        **{_file(kind): _data(kind) for kind in KINDS},
        f"{settled.TYPE}.json": _settled_data(),
        "asyncapi.json": _asyncapi(),
    }
    return {
        name: json.dumps(shape, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name, shape in shapes.items()
    }


def outdated(folder: Path) -> list[str]:
    """Return the names of files in `folder` that are missing, different or not generated any more."""
    wanted = documents()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path) -> list[str]:
    """Bring `folder` up to date and return the names of the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed, wanted = outdated(folder), documents()
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


class _Strict(GenerateJsonSchema):
    """Schemas of data as a producer must write it."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return super().model_schema(schema) | {"additionalProperties": False}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        # Text keeps every digit; a JSON number may pass through somebody's binary float.
        bounds = {key: value for key, value in super().decimal_schema(schema).items() if key != "anyOf"}
        return bounds | {"type": "string", "pattern": _DECIMAL}


def _file(kind: Kind) -> str:
    return f"{kind.type}.json"


def _data(kind: Kind) -> dict[str, Any]:
    shape: dict[str, Any] = kind.model.model_json_schema(schema_generator=_Strict)
    return {"$schema": _DIALECT, "$id": kind.dataschema} | shape


def _settled_data() -> dict[str, Any]:
    identity = {"$schema": _DIALECT, "$id": f"urn:pdm-odoo:schema:{settled.TYPE}"}
    return identity | settled.SHAPE.json_schema()


def _envelope() -> dict[str, Any]:
    # CloudEvents lets everybody add attributes, of lower-case letters and digits.
    names = {"propertyNames": {"pattern": "^[a-z0-9]{1,20}$"}}
    identity = {"$schema": _DIALECT, "$id": "urn:pdm-odoo:schema:envelope"}
    return identity | Envelope.model_json_schema() | names


def _asyncapi() -> dict[str, Any]:
    queues = {**_queues(), **_dead_queues()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "pdm-odoo",
            "version": "1.0.0",
            "description": "Engineering changes on their way from a PDM vault into Odoo. "
            "Each message is a CloudEvent in structured JSON, but for the records of what was done.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {kind.type: _route(kind.type, _exchange(kind)) for kind in KINDS}
        | {settled.TYPE: _route(settled.TYPE, RESULTS)}
        | {name: _queue(name, messages) for name, messages in queues.items()},
        "operations": {f"publish.{name}": _send(name) for name in (*BY_TYPE, settled.TYPE)}
        | {f"consume.{name}": _receive(name, messages) for name, messages in queues.items()},
        "components": {
            "messages": {kind.type: _message(kind) for kind in KINDS}
            | {settled.TYPE: _settled(), "dead_letter": _dead_letter()}
        },
    }


def _exchange(kind: Kind) -> str:
    return EVENTS if kind.consumer else RESULTS


def _queues() -> dict[str, list[str]]:
    """Return the messages of each queue that the two topic exchanges fill."""
    found: dict[str, list[str]] = {}
    for binding in TOPOLOGY.bindings:
        for kind in KINDS:
            if binding.exchange == _exchange(kind) and kind.type.startswith(binding.routing_key.rstrip("#")):
                found.setdefault(binding.queue, []).append(kind.type)
    found[RESULTS].append(settled.TYPE)
    return found


def _dead_queues() -> dict[str, list[str]]:
    return {dead_queue(consumer): ["dead_letter"] for consumer in Consumer}


def _route(name: str, exchange_name: str) -> dict[str, Any]:
    exchange = next(each for each in TOPOLOGY.exchanges if each.name == exchange_name)
    binding = {
        "is": "routingKey",
        "exchange": {"name": exchange.name, "type": exchange.type, "durable": True, "autoDelete": False},
    }
    return _channel(name, [name], binding)


def _queue(name: str, messages: list[str]) -> dict[str, Any]:
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False}
    return _channel(name, messages, {"is": "queue", "queue": queue})


def _channel(address: str, messages: list[str], binding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"amqp": {**binding, "bindingVersion": _BINDING_VERSION}},
    }


def _send(name: str) -> dict[str, Any]:
    how = {"deliveryMode": 2, "mandatory": True, "timestamp": True}
    return _operation("send", name, [name], how)


def _receive(queue: str, messages: list[str]) -> dict[str, Any]:
    return _operation("receive", queue, messages, {"ack": True})


def _operation(action: str, channel: str, messages: list[str], how: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
        "bindings": {"amqp": {**how, "bindingVersion": _BINDING_VERSION}},
    }


def _message(kind: Kind) -> dict[str, Any]:
    data = {"type": {"const": kind.type}, "data": {"$ref": f"./{_file(kind)}"}}
    return {
        "name": kind.type,
        "title": kind.name,
        "summary": str(kind.model.__doc__).splitlines()[0],
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {
            "allOf": [
                {"$ref": "./envelope.json"},
                {"type": "object", "required": ["data"], "properties": data},
            ]
        },
    }


def _settled() -> dict[str, Any]:
    return {
        "name": settled.TYPE,
        "title": "batch settled",
        "summary": "What a consumer did with the events of one batch. It may be missing or come twice.",
        "contentType": settled.CONTENT_TYPE,
        "payload": {"$ref": f"./{settled.TYPE}.json"},
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "dead_letter",
        "title": "dead letter",
        "summary": "A message that cannot be applied: its body as it arrived, and why in the headers.",
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", "properties": dict(_dead_letter_headers())},
        "payload": {"description": "The body of the message, byte for byte; it may not even be JSON."},
    }


def _dead_letter_headers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in (
        dead_letter.CONSUMER,
        dead_letter.ERROR_TYPE,
        dead_letter.ERROR_MESSAGE,
        dead_letter.ERROR_STACK,
        dead_letter.FINGERPRINT,
        dead_letter.HOST,
    ):
        yield name, {"type": "string"}
    for name in (dead_letter.DEAD_AT, dead_letter.FIRST_FAILED_AT):
        yield name, {"type": "string", "format": "date-time"}
    yield dead_letter.ATTEMPT, {"type": "integer", "minimum": 1}
    yield dead_letter.REASON, {"enum": [reason.value for reason in dead_letter.Reason]}


@click.command("schemas")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when a file is outdated.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Where the files are; schemas/generated of the installed package unless given.",
)
def schemas_command(check: bool, folder: Path) -> None:
    """Write the JSON Schemas and the AsyncAPI document of all messages.

    \b
    Examples:
      pdm-odoo schemas
      pdm-odoo schemas --check
      pdm-odoo schemas --folder /tmp/contract
    """
    names = outdated(folder) if check else write(folder)
    for name in names:
        click.echo(f"{'outdated' if check else 'written'}: {folder / name}")
    if check and names:
        raise click.ClickException(HINT)
    if not names:
        click.echo(f"{folder}: up to date")
