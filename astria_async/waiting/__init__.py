"""WHEN it is done: polling up to a deadline, and fetching what came of it."""

from .download import Downloads
from .poll import poll

__all__ = ["Downloads", "poll"]
