"""The shape of a log line: a fixed phrase in `event`, fields beside it, one JSON object per line.

Levels: INFO once per batch, WARNING per retry or hold, ERROR only for what a person must see.
"""

from __future__ import annotations

import logging
import sys

import structlog

from schemas.settings import LogFormat, LogLevel, LogSettings


def configure(settings: LogSettings) -> None:
    """Send log lines to standard error in the format and from the level that `settings` name."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if settings.log_format is LogFormat.TEXT
        else structlog.processors.JSONRenderer()
    )
    # pika prints a traceback for each failed attempt; what it means is said by us.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def configure_for_people() -> None:
    """Log errors only, as text: a command that ends says itself what became of it."""
    configure(LogSettings.model_construct(log_level=LogLevel.ERROR, log_format=LogFormat.TEXT))
