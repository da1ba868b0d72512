"""Images and videos onto the disk: resumed after a break, and under their names only once whole."""

from .download import Downloads
from .names import check_template, folder_of

__all__ = ["Downloads", "check_template", "folder_of"]
