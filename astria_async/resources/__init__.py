"""WHAT Astria offers: one class for each of its resources, whose methods build a request and decode the answer."""

from .listing import Listing
from .prompts import Prompts
from .tunes import Tunes

__all__ = ["Listing", "Prompts", "Tunes"]
