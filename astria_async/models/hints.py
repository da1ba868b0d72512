"""What is only probably wrong: worth a warning, not a refusal. Pure.

Each text is fixed: Python shows a warning once for each place and text, and remembers each text for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from .._values.urls import host_of, is_loopback
from .families import drawing_hints
from .parameters.params import PackRunParams, Params, PromptParams, TuneParams
from .tune import Tune

_PRIVATE_NAMES = re.compile(r"(^|\.)(localhost|local|internal|lan|test|example)\.?$", re.IGNORECASE)


def hints_of(
    params: Params,
    tune: Tune | int | None = None,
    now: datetime | None = None,
    *,
    on: Tune | int | None = None,
    base_url: str = "",
) -> Iterator[str]:
    """Each as "parameter: what is probably wrong, and the remedy". `tune` and `on` are the prompt's, if it has them.

    A service on loopback (a fake, the command `mock`) reaches a callback on loopback: `base_url` tells.
    """
    if params.callback is not None:
        yield from _callback("callback", params.callback, base_url)
    if isinstance(params, PromptParams):
        if tune is not None:
            yield from drawing_hints(params, tune, on, now)
    elif isinstance(params, PackRunParams):
        yield from _callback("prompts_callback", params.prompts_callback, base_url)
        yield from _callback("prompt_attributes.callback", _callback_of(params.prompt_attributes), base_url)
    else:
        yield from _callbacks_of_prompts(params, base_url)


def _callbacks_of_prompts(params: TuneParams, base_url: str) -> Iterator[str]:
    """One hint for all prompts: they usually have one callback."""
    prompts = params.prompts_attributes if isinstance(params.prompts_attributes, (list, tuple)) else ()
    hints = (_callback("prompts_attributes: callback", _callback_of(prompt), base_url) for prompt in prompts)
    yield from dict.fromkeys(hint for each in hints for hint in each)


def _callback_of(prompt: object) -> object:
    return prompt.callback if isinstance(prompt, PromptParams) else None


def _callback(name: str, url: object, base_url: str) -> Iterator[str]:
    if not isinstance(url, str):
        return
    host = host_of(url.strip())
    if is_loopback(host) and is_loopback(host_of(base_url)):
        return
    if _is_private(host):
        yield f"{name}: its host cannot be reached from outside; use a public host, or a tunnel"
    elif not url.strip().lower().startswith("https://"):
        yield f"{name}: it is not https, and may never be called; use a public https URL"


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host.rstrip(".") or _PRIVATE_NAMES.search(host) is not None
