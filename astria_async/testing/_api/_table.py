"""The table of routes. A resource is a module of handlers, and rows here."""

from __future__ import annotations

from .._routing.router import Route, Router
from . import (
    account,
    catalog,
    images,
    pack_runs,
    packs,
    prompt_actions,
    prompts,
    themes,
    tunes,
    uploads,
    videos,
)

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
    Route("POST", "/prompts", prompts.create_on),
    Route("PATCH", "/prompts/:id", prompts.update),
    Route("GET", "/prompts/:id", prompts.show),
    Route("DELETE", "/prompts/:id", prompts.delete),
    Route("POST", "/prompts/:id/duplicate", prompt_actions.duplicate),
    Route("POST", "/prompts/:id/likes", prompt_actions.like),
    Route("POST", "/prompts/:id/like", prompt_actions.like),  # as the examples beside the heading have it [D]
    Route("DELETE", "/prompts/:id/likes", prompt_actions.unlike),
    Route("DELETE", "/prompts/:id/like", prompt_actions.unlike),
    Route("GET", "/packs", packs.index),
    Route("POST", "/packs", packs.create),
    Route("GET", "/gallery/packs", packs.index_of_gallery),
    Route("GET", "/gallery/tunes", tunes.index_of_gallery),
    Route("GET", "/p/:id", packs.show),
    Route("POST", "/p/:id/tunes", pack_runs.run),
    Route("POST", "/images/inspect", images.inspect),
    Route("POST", "/images/class_name", images.class_name),
    Route("POST", "/images/describe", images.describe),
    Route("POST", "/videos/inspect", videos.inspect),
    Route("GET", "/videos/inspect/:id", videos.inspection),
    Route("POST", "/api/direct_uploads", uploads.create),
    Route("POST", "/themes", themes.create),
    Route("GET", "/users", account.me),
    Route("GET", "/workspaces", account.workspaces),
    Route("POST", "/workspaces", account.create_workspace),
    Route("GET", "/workspaces/:id", account.workspace),
    Route("PATCH", "/workspaces/:id", account.update_workspace),
    Route("GET", "/cli/models", catalog.models, open=True),
)

ROUTER = Router(ROUTES)
