"""Logging: one line per event on standard error, quiet unless something is wrong."""

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Log from this level on, ours and uvicorn's alike."""
    threshold = getattr(logging, level.upper())
    logging.basicConfig(level=threshold, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
