"""WHAT Astria offers: one class for each of its resources, whose methods build a request and decode the answer."""

from ..models.parameters.filters import PromptFilters
from ._creates.prepared import Prepared
from .account import Account, Workspaces
from .gallery import Gallery
from .images import Images
from .listing import Listing
from .packs import Packs
from .prompts import Prompts
from .themes import Themes
from .tunes import Tunes
from .videos import Videos

__all__ = [
    "Account",
    "Gallery",
    "Images",
    "Listing",
    "Packs",
    "Prepared",
    "PromptFilters",
    "Prompts",
    "Themes",
    "Tunes",
    "Videos",
    "Workspaces",
]
