"""Images and videos onto the disk: resumed after a break, and under their names only once whole."""

from .download import Downloads
from .image import DownloadedImage
from .names import check_template, folder_of

__all__ = ["DownloadedImage", "Downloads", "check_template", "folder_of"]
