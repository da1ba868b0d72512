"""A client whose transport is a function of the test's, and services of a few lines behind it."""

from __future__ import annotations

from ...support.services import account, answers, client, clock, shelf

__all__ = ["account", "answers", "client", "clock", "shelf"]
