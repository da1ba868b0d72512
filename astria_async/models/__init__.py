"""WHAT goes out and comes back: frozen value objects, no I/O."""

from .params import FileInput, PromptParams, TuneParams
from .prompt import Prompt, PromptState
from .tune import Tune, TuneState

__all__ = ["FileInput", "Prompt", "PromptParams", "PromptState", "Tune", "TuneParams", "TuneState"]
