"""Structured logs on stderr: event names and ids; never a name, number or address of an applicant."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Set up structlog and quieten libraries that would log message contents or addresses."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("imapclient").setLevel(logging.ERROR)


log = structlog.get_logger("desk")
