"""The stand-in's page for people: what there is, what arrived, and buttons for what a test would script.

app      the page and its actions before the stand-in's own routes
views    what is shown, as values; where a tune or prompt is in its life, in words
html     those values as HTML
page.css, page.js   sent within the page, which needs nothing else
"""

from __future__ import annotations

from .app import Console

__all__ = ["Console"]
