"""The tune or prompt that a path names, as far as the key may see it: else 404, as if there were none [V]."""

from __future__ import annotations

from .calls import Refused, not_found
from .routing import Call
from .state import StoredPrompt, StoredTune, World


def tune_of(world: World, call: Call, name: str, *, or_base: bool = True) -> StoredTune:
    """The tune behind `:name`: the key's own, or a base tune."""
    tune = world.tune(call.number(name), call.account.key, or_base=or_base)
    if tune is None:
        raise Refused(not_found())
    return tune


def prompt_of(world: World, call: Call) -> StoredPrompt:
    """The prompt behind `:id`. Where the path names a tune as well (`:tid`), it has to be that one's."""
    prompt = world.prompt(call.number("id"), call.account.key)
    if prompt is None or ("tid" in call.names and prompt.tune_id != tune_of(world, call, "tid").id):
        raise Refused(not_found())
    return prompt
