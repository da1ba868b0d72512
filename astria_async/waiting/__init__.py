"""WHEN it is done: polling up to a deadline."""

from .poll import poll, seconds
from .progress import InspectionProgress, PromptProgress, TuneProgress

__all__ = ["InspectionProgress", "PromptProgress", "TuneProgress", "poll", "seconds"]
