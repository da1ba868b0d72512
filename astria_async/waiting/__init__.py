"""WHEN it is done: polling up to a deadline, and downloading what came of it."""

from .download import Downloads, folder_of
from .poll import poll, seconds
from .progress import InspectionProgress, PromptProgress, TuneProgress

__all__ = ["Downloads", "InspectionProgress", "PromptProgress", "TuneProgress", "folder_of", "poll", "seconds"]
