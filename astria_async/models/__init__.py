"""WHAT goes out and comes back: frozen value objects, no I/O."""

from .account import Payer, User, Workspace
from .catalog import Catalog, CliVersions, ImageModel, VideoModel
from .inspection import Classification, Description, Inspection, VideoInspection, VideoInspectionState
from .pack import Order, Pack, PackCost, PackRun, TemplatePrompt
from .parameters.params import FileInput, PackRunParams, PromptParams, TuneParams
from .prompt import Prompt, PromptState
from .tune import Tune, TuneState
from .upload import UploadedFile, UploadTarget

__all__ = [
    "Catalog",
    "Classification",
    "CliVersions",
    "Description",
    "FileInput",
    "ImageModel",
    "Inspection",
    "Order",
    "Pack",
    "PackCost",
    "PackRun",
    "PackRunParams",
    "Payer",
    "Prompt",
    "PromptParams",
    "PromptState",
    "TemplatePrompt",
    "Tune",
    "TuneParams",
    "TuneState",
    "UploadTarget",
    "UploadedFile",
    "User",
    "VideoInspection",
    "VideoInspectionState",
    "VideoModel",
    "Workspace",
]
