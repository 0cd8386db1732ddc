"""The limit: the very calls that the pipeline has just made, made again in a bare loop.

No queue, no events, no profile, no comparison: only the requests, over the same connection: in one loop, and
in as many as the consumer has shards, which is out of reach on a machine that has no core to spare. They
are recorded from the pipeline's own run, so that they can never be others, or more, or fewer, than its. A
newcomer would get wrong that repeating them as they are would be cheaper: a second write of the same value,
or a `load()` of what is there, is another call for Odoo. Therefore numbers and versions are put in anew as
text, and ids of records just created are replaced.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson

from consumers.odoo.client import Odoo
from ops.bench.errors import BenchError


@dataclass(frozen=True)
class Call:
    """One call to Odoo, and what shows whether another like it did the same."""

    model: str
    method: str
    ids: tuple[int, ...] | None
    context: Mapping[str, Any] | None
    arguments: Mapping[str, Any]
    made: tuple[int, ...]
    """Ids that a `load()` returned."""
    size: int | None
    """How many records came back, if it was a list of them."""

    def like(self, texts: Mapping[str, str]) -> Call:
        """Return the same call with each of `texts` replaced in its arguments."""
        body = orjson.dumps(self.arguments, option=orjson.OPT_NON_STR_KEYS).decode()
        for old, new in texts.items():
            body = body.replace(old, new)
        return Call(self.model, self.method, self.ids, self.context, orjson.loads(body), self.made, self.size)


class Recording:
    """An `Odoo` that notes the calls of each thread while `calls` is open."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo
        self._calls: dict[int, list[Call]] | None = None

    def start(self) -> None:
        """Note calls from now on."""
        self._calls = {}

    def stop(self) -> list[list[Call]]:
        """Return what was noted: one list per thread, in order."""
        calls, self._calls = self._calls, None
        return list((calls or {}).values())

    def version(self) -> str:
        """Return Odoo's version; see `client.Odoo`."""
        return self._odoo.version()

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Return what `model.method` returns; see `client.Odoo`."""
        reply = self._odoo.call(model, method, ids=ids, context=context, **arguments)
        if self._calls is not None:
            made = tuple(reply["ids"] or ()) if method == "load" else ()
            kept = None if ids is None else tuple(ids)
            call = Call(model, method, kept, context, arguments, made, _size(reply))
            self._calls.setdefault(threading.get_ident(), []).append(call)
        return reply


def repeated(odoo: Odoo, loops: Sequence[Sequence[Call]], texts: Mapping[str, str]) -> float:
    """Make the calls of `loops` again, all loops at once, with `texts` replaced; return the seconds.

    Raises:
        BenchError: a call returned another number of records than the recorded one.
    """
    ready = [[call.like(texts) for call in loop] for loop in loops]
    if not ready:
        return 0.0
    with ThreadPoolExecutor(len(ready)) as pool:
        together = threading.Barrier(len(ready) + 1)

        def run(loop: Sequence[Call]) -> None:
            together.wait()
            _loop(odoo, loop)

        running = [pool.submit(run, loop) for loop in ready]
        together.wait()
        started = time.perf_counter()
        for one in running:
            one.result()
        return time.perf_counter() - started


def _loop(odoo: Odoo, calls: Sequence[Call]) -> None:
    born: dict[tuple[str, int], int] = {}
    for call in calls:
        ids = None if call.ids is None else [born.get((call.model, one), one) for one in call.ids]
        reply = odoo.call(call.model, call.method, ids=ids, context=call.context, **call.arguments)
        if _size(reply) != call.size:
            raise BenchError(
                f"the limit is not the pipeline's: {call.model}.{call.method} returned {_size(reply)} "
                f"records, and {call.size} before"
            )
        if call.method == "load":
            born |= zip(((call.model, one) for one in call.made), reply["ids"] or (), strict=True)


def _size(reply: Any) -> int | None:
    if isinstance(reply, dict):
        reply = reply.get("records", reply.get("ids"))
    return len(reply) if isinstance(reply, list) else None
