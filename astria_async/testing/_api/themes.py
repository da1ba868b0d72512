"""POST /themes: prompts that the service writes, some time later, from a few words [D]."""

from __future__ import annotations

from attrs import evolve

from ..._wire import Response
from .. import _assumptions as assume
from .._routing.context import RouteContext
from .._rules.mentions import mention
from .._server.coerce import as_integer, as_text, is_blank, items_of
from .._server.http import Abort, empty, invalid, not_found
from .._store.records import StoredTune
from .._store.store import Store
from .._store.timestamps import later
from .prompts import add_prompt, cost_of, refuse_if_poor, refuse_if_wrong


def create(store: Store, context: RouteContext) -> Response:
    """Plan the prompts. They are paid for now [I], and made when the time has come, for those tunes that still exist."""
    params = context.root("theme")
    theme, changes = as_text(params.get("theme")), params.get("prompt_attributes")
    if is_blank(theme):
        raise Abort(invalid({"theme": ["can't be blank"]}))
    found = [store.tune(as_integer(id_) or 0, context.account.key) for id_ in items_of(params.get("tune_ids"))]
    tunes = [tune for tune in found if tune is not None]
    if not tunes:
        raise Abort(invalid({"tune_ids": ["can't be blank"]}))
    if len(tunes) < len(found):
        raise Abort(not_found())
    plans = [
        (tune, _params(tune, theme or "", changes, n))
        for tune in tunes
        for n in range(1, assume.PROMPTS_OF_A_THEME + 1)
    ]
    for tune, prompt in plans:
        refuse_if_wrong(prompt, tune, context.now)
    refuse_if_poor(store, context, sum(cost_of(prompt, tune) for tune, prompt in plans))

    def write(due: int) -> None:
        then = evolve(context, now=due)
        for tune, prompt in plans:
            if store.tune(tune.id, context.account.key) is not None:
                add_prompt(store, then, tune, prompt)

    store.schedule.add(later(context.now, store.timings.theme_written), write)
    return empty(assume.THEME_STATUS)


def _params(tune: StoredTune, theme: str, changes: object, number: int) -> dict[str, object]:
    known = (
        {name: changes[name] for name in ("num_images", "w", "h") if name in changes}
        if isinstance(changes, dict)
        else {}
    )
    return {"text": f"{mention(tune)}, {theme}, scene {number}", "theme": theme, **known}
