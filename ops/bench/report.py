"""The figures as Markdown, for people and for pasting into a page."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from ops.bench.figures import Latency, Ratio, Throughput
from ops.bench.mapping import MappingFigures
from ops.bench.whole import Found


def markdown(found: Found) -> str:
    """Return all figures as tables, each median with its range, and with the verdict on its target."""
    parts = [_throughput(found.throughput)]
    if found.latency:
        parts.append(_latency(found.latency))
    if found.ratios:
        parts.append(_ratios(found.ratios))
    if found.mapping:
        parts.append(_mapping(found.mapping))
    parts.append(", ".join(f"{name} {value}" for name, value in found.settings.items()) + ".")
    return "\n\n".join(parts) + "\n"


def _throughput(figures: Iterable[Throughput]) -> str:
    rates = ("pipeline", "naive", "limit", "in loops")
    head = ("Events per second", "protocol", *rates, "x naive", "of limit", "of loops", "target")
    return _table(
        head,
        [
            (
                figure.scenario.name,
                figure.protocol,
                *map(_spread, (figure.pipeline, figure.naive, figure.limit, figure.loops)),
                f"{figure.over_naive:.0f}",
                f"{figure.of_limit:.2f}",
                f"{figure.of_loops:.2f}",
                figure.verdict,
            )
            for figure in figures
        ],
    )


def _latency(figures: Iterable[Latency]) -> str:
    head = ("Single event, ms", "protocol", "event", "raw calls", "more", "target")
    return _table(
        head,
        [
            (
                figure.name,
                figure.protocol,
                _spread(figure.event, 1000),
                _spread(figure.raw, 1000),
                f"{figure.more * 1000:.0f}",
                figure.verdict,
            )
            for figure in figures
        ],
    )


def _ratios(figures: Iterable[Ratio]) -> str:
    return _table(
        ("Cost, ms", "cost", "compared with", "its cost", "ratio", "target"),
        [
            (
                figure.name,
                _spread(figure.cost, 1000),
                figure.base_name,
                _spread(figure.base, 1000),
                f"{figure.ratio:.2f}",
                figure.verdict,
            )
            for figure in figures
        ],
    )


def _mapping(mapping: MappingFigures) -> str:
    return (
        f"A profile of {mapping.rules} rules is read and checked in {mapping.check_seconds * 1000:.0f} ms; "
        f"one event is mapped by 20 rules and compared in {mapping.event_seconds * 1e6:.0f} µs."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    texts = [name in {"protocol", "target", "compared with"} or not place for place, name in enumerate(head)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(cells, widths, texts, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * width if text else "-" * (width - 1) + ":" for width, text in zip(widths, texts, strict=True)
    ]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def _spread(values: Sequence[float], times: float = 1) -> str:
    shown = [value * times for value in (statistics.median(values), min(values), max(values))]
    digits = 2 if shown[0] < 10 else 0
    median, least, most = (f"{value:.{digits}f}" for value in shown)
    return f"{median} ({least}-{most})"
