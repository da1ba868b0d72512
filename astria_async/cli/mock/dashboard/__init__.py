"""The mock's page for people: what the fake holds, what arrived, and buttons for what a test would script.

app       an ASGI application: the page and its buttons, before the fake's own routes
snapshot  what the page shows, as values
html      those values as HTML
page.css, page.js   are sent within the page, which needs nothing else
"""

from __future__ import annotations

from .app import Dashboard

__all__ = ["Dashboard"]
