"""What the waits of each resource read: the requests, and what says that an object is done."""

from __future__ import annotations

from ..models import Prompt, Tune, VideoInspection
from ..waiting import InspectionProgress, PromptProgress, Source, TuneProgress
from ._core import Core
from .listing import MAX_PAGE


def tune_source(core: Core) -> Source:
    """Tunes, by themselves or by pages."""
    return _listed(core, "tune")


def prompt_source(core: Core) -> Source:
    """Prompts, by themselves or by pages of the account's list [V]."""
    return _listed(core, "prompt")


def inspection_source(core: Core) -> Source:
    """Inspections of videos, which have no list [V]."""
    return Source(
        kind=VideoInspection,
        noun="inspection",
        workspace=core.workspace_id,
        progress=InspectionProgress,
        send=core.send,
        clock=core.clock,
        one=lambda number: core.request("GET", f"/videos/inspect/{number}", operation="videos.wait", is_poll=True),
        page=None,
        why_slow=core.why_slow,
        observer=core.observer,
    )


def _listed(core: Core, noun: str) -> Source:
    path, operation = f"/{noun}s", f"{noun}s.wait"
    return Source(
        kind=Tune if noun == "tune" else Prompt,
        noun=noun,
        workspace=core.workspace_id,
        progress=TuneProgress if noun == "tune" else PromptProgress,
        send=core.send,
        clock=core.clock,
        one=lambda number: core.request("GET", f"{path}/{number}", operation=operation, is_poll=True),
        page=lambda before: core.request(
            "GET", path, operation=operation, query={"limit": MAX_PAGE, "before_id": before}, is_poll=True
        ),
        why_slow=core.why_slow,
        share=lambda items: core.saw(core.base_url + path, items),
        observer=core.observer,
    )
