"""The table of routes. A resource is a module of handlers, and rows here."""

from __future__ import annotations

from . import prompts, tunes
from .routing import Route, Router

ROUTES = (
    Route("POST", "/tunes", tunes.create),
    Route("GET", "/tunes", tunes.index),
    Route("GET", "/tunes/:id", tunes.show),
    Route("PATCH", "/tunes/:id", tunes.update),
    Route("DELETE", "/tunes/:id", tunes.delete),
    Route("POST", "/tunes/:tid/prompts", prompts.create),
    Route("GET", "/tunes/:tid/prompts", prompts.index_of_tune),
    Route("GET", "/tunes/:tid/prompts/:id", prompts.show),
    Route("PATCH", "/tunes/:tid/prompts/:id", prompts.update),
    Route("DELETE", "/tunes/:tid/prompts/:id", prompts.delete),
    Route("GET", "/prompts", prompts.index),
    Route("GET", "/prompts/:id", prompts.show),
    Route("DELETE", "/prompts/:id", prompts.delete),
)

ROUTER = Router(ROUTES)
