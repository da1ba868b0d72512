"""Warnings, shown at the line of the user's code that made the call."""

from __future__ import annotations

import logging
import sys
import warnings

from ..errors import AstriaWarning

log: logging.Logger = logging.getLogger("astria_async")

_PACKAGE = __name__.partition(".")[0] + "."


def warn(text: str, kind: type[AstriaWarning] = AstriaWarning, *, is_paid: bool = False) -> None:
    """Warn at the line of the user's that made the call. `text` is fixed, so that Python shows it once a place.

    `is_paid`: the service has acted already, so the caller has to get the object, even if warnings are made errors: the
    text is logged then.
    """
    level, frame = 2, sys._getframe(1)  # the level that `warnings` counts, and the frame that it means
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    try:
        warnings.warn(text, kind, stacklevel=level)
    except kind:
        if not is_paid:
            raise
        log.warning("%s", text)
