"""The tune or prompt that a path names, as far as the key may see it: else 404, as if there were none [V]."""

from __future__ import annotations

from .calls import Refused, not_found
from .routing import Call
from .state import Stored, StoredPrompt, StoredTune, World

#: Whether what is in another workspace than the selected one is found by its id all the same [I].
FOUND_IN_OTHER_WORKSPACES = True


def tune_of(world: World, call: Call, name: str, *, or_base: bool = True) -> StoredTune:
    """The tune behind `:name`: the key's own, or one of the gallery."""
    tune = world.tune(call.number(name), call.account.key, or_base=or_base)
    if tune is None or _is_elsewhere(call, tune):
        raise Refused(not_found())
    return tune


def prompt_of(world: World, call: Call) -> StoredPrompt:
    """The prompt behind `:id`. Where the path names a tune as well (`:tid`), it has to be that one's."""
    prompt = world.prompt(call.number("id"), call.account.key)
    if (
        prompt is None
        or _is_elsewhere(call, prompt)
        or ("tid" in call.names and prompt.tune_id != tune_of(world, call, "tid").id)
    ):
        raise Refused(not_found())
    return prompt


def _is_elsewhere(call: Call, stored: Stored) -> bool:
    return not FOUND_IN_OTHER_WORKSPACES and bool(stored.key) and not call.sees(stored)
