"""What a refusal means, and how a broker may differ; no server needed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from ops import topology as command
from ops.topology import Difference, Found, Remedy, differences
from producers.errors import AccessRefusedError, BrokerUnavailableError
from producers.topology import explain
from schemas.topology import TOPOLOGY, Binding

OTHER = "PRECONDITION_FAILED - inequivalent arg"
TIER = "pdm.bom.retry.5s"
HERE = "vhost 'plm':"
QUORUM = "the value 'quorum' of type 'longstr'"


@pytest.mark.parametrize(
    ("code", "reply", "texts"),
    [
        (
            406,
            f"{OTHER} 'x-message-ttl' for queue '{TIER}' in {HERE} received '6000' but current is '5000'",
            [
                "queue 'pdm.bom.retry.5s' at here has x-message-ttl = 5000, but must have 6000",
                "delete the queue",
            ],
        ),
        (
            406,
            f"{OTHER} 'x-queue-type' for queue 'pdm.bom' in {HERE} received {QUORUM} but current is none",
            ["queue 'pdm.bom' at here has x-queue-type = nothing, but must have quorum"],
        ),
        (
            406,
            f"{OTHER} 'type' for exchange 'pdm.events' in {HERE} received 'topic' but current is 'direct'",
            ["exchange 'pdm.events' at here has type = direct, but must have topic", "delete the exchange"],
        ),
        (403, "ACCESS_REFUSED - access to queue 'pdm.bom'", ["may not declare", "right to configure"]),
        (504, "CHANNEL_ERROR", ["refused the topology: 504 CHANNEL_ERROR"]),
    ],
)
def test_a_refusal_says_what_differs_and_what_to_do(code: int, reply: str, texts: list[str]) -> None:
    for text in texts:
        assert text in explain(code, reply, "here")


def as_declared() -> Found:
    """What a broker says that has everything."""
    return Found(
        exchanges={
            each.name: {"type": each.type, "durable": True, "arguments": dict(each.arguments)}
            for each in TOPOLOGY.exchanges
        },
        queues={
            each.name: {
                "type": each.arguments["x-queue-type"],
                "durable": True,
                "arguments": dict(each.arguments),
            }
            for each in TOPOLOGY.queues
        },
        bindings=frozenset(TOPOLOGY.bindings),
    )


def changed(kind: str, name: str, **facts: Any) -> Found:
    found = as_declared()
    objects = dict(getattr(found, kind))
    objects[name] = {**objects[name], **facts}
    everything: dict[str, Any] = {kind: objects}
    return replace(found, **everything)


def test_what_is_as_declared_has_no_differences() -> None:
    assert differences(as_declared(), TOPOLOGY) == []


def test_on_an_empty_broker_everything_is_missing() -> None:
    found = differences(Found({}, {}, frozenset()), TOPOLOGY)

    assert len(found) == len(TOPOLOGY.exchanges) + len(TOPOLOGY.queues) + len(TOPOLOGY.bindings)
    assert {(each.text, each.remedy) for each in found} == {("is missing", Remedy.DECLARE)}


@pytest.mark.parametrize(
    ("found", "what", "text", "remedy"),
    [
        (
            changed("exchanges", "pdm.events", arguments={}),
            "exchange pdm.events",
            "has no alternate-exchange, must have pdm.unrouted",
            Remedy.RECREATE,
        ),
        (
            changed("exchanges", "pdm.work", type="topic"),
            "exchange pdm.work",
            "has type = topic, must have direct",
            Remedy.RECREATE,
        ),
        (
            changed("queues", "pdm.unrouted", durable=False),
            "queue pdm.unrouted",
            "has durable = False, must have True",
            Remedy.RECREATE,
        ),
        (
            changed("queues", "pdm.bom.dead", effective_policy_definition={"expires": 5}),
            "queue pdm.bom.dead",
            "has a policy with expires = 5",
            Remedy.POLICY,
        ),
        (
            changed("queues", "pdm.bom.retry.5s", effective_policy_definition={"max-length": 5}),
            "queue pdm.bom.retry.5s",
            "has a policy with max-length = 5",
            Remedy.POLICY,
        ),
    ],
)
def test_a_difference_is_named(found: Found, what: str, text: str, remedy: Remedy) -> None:
    assert differences(found, TOPOLOGY) == [Difference(what, text, remedy)]


@pytest.mark.parametrize("queue", ["pdm.bom", "pdm.log"])
def test_a_limit_where_it_loses_nothing_is_the_operators_business(queue: str) -> None:
    limited = changed("queues", queue, effective_policy_definition={"max-length-bytes": 5, "x": 1})

    assert differences(limited, TOPOLOGY) == []


def test_our_queue_bound_by_somebody_else_is_a_difference_and_their_queue_is_not() -> None:
    found = as_declared()
    theirs = {Binding("pdm.events", "pdm.log", "#"), Binding("pdm.events", "theirs", "#")}

    extra = differences(Found(found.exchanges, found.queues, found.bindings | theirs), TOPOLOGY)

    assert extra == [Difference("binding pdm.events → pdm.log (#)", "must not be there", Remedy.UNBIND)]


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, AccessRefusedError, "refused the user; it needs the tag `monitoring`"),
        (404, BrokerUnavailableError, "said 404"),
    ],
)
def test_a_management_api_that_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception], text: str
) -> None:
    client = httpx.Client
    transport = httpx.MockTransport(lambda _: httpx.Response(status))
    monkeypatch.setattr(httpx, "Client", lambda **fields: client(transport=transport, **fields))

    with pytest.raises(kind, match=text) as caught:
        command.find(SecretStr("http://user:s3cret@host:15672"), "plm")

    assert "s3cret" not in str(caught.value)


def test_no_management_api_is_told() -> None:
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:1 does not answer.*AMQP_MANAGEMENT_URL"):
        command.find(SecretStr("http://user:s3cret@127.0.0.1:1"), "plm")


@pytest.mark.parametrize(
    "url",
    [
        "http://user:s3/cret@host:15672",
        "http://user:s3cret@host:port",
        "user:s3cret@host:15672",
        "amqp://user:s3cret@host:5672",
        "",
    ],
)
def test_a_wrong_management_url_is_told_without_being_quoted(url: str) -> None:
    with pytest.raises(BrokerUnavailableError, match=r"AMQP_MANAGEMENT_URL .* percent-encode") as caught:
        command.find(SecretStr(url), "plm")

    assert "s3" not in str(caught.value)


def test_show_prints_every_name_for_people_and_for_machines() -> None:
    people = CliRunner().invoke(command.topology, ["show"])
    machines = CliRunner().invoke(command.topology, ["show", "--json"])

    assert people.exit_code == machines.exit_code == 0
    assert all(queue.name in people.output for queue in TOPOLOGY.queues)
    assert [queue["name"] for queue in json.loads(machines.output)["queues"]] == [
        queue.name for queue in TOPOLOGY.queues
    ]


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    monkeypatch.delenv("AMQP_URL", raising=False)

    result = CliRunner().invoke(command.topology, ["verify"])

    assert result.exit_code == 1
    assert "AMQP_URL: is not set" in result.output


def test_help_has_examples() -> None:
    for words in ([], ["show"], ["declare"], ["verify"]):
        assert "Example" in CliRunner().invoke(command.topology, [*words, "--help"]).output
