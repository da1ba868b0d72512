"""What the fake takes to be true of the service: one constant per rule, each with its grade.

D: documented by the vendor. V: the vendor's own clients rely on it. R: recorded from the live service. I: inferred here,
never confirmed. Whoever learns more about the service corrects it here, and nowhere else.
"""

from __future__ import annotations

# --- Lists

#: How many items a page has, and may have at most [D].
PAGE, LONGEST_PAGE = 20, 120
#: How long a page of the gallery of tunes may be [V].
LONGEST_GALLERY_PAGE = 200
#: Higher offsets are refused with 400, which names `before_id` [D].
DEEPEST_OFFSET_OF_TUNES, DEEPEST_OFFSET_OF_PROMPTS = 200, 10_000

# --- Money, in mc

#: What training costs: 150,000 is recorded for a Flux LoRA [R], taken for all; FaceID's price is made up [I].
TUNE_COST_MC, FACEID_COST_MC = 150_000, 10_000
#: What one image costs: a plausible price [I].
IMAGE_COST_MC = 2_300
#: What it costs to take over an image instead of drawing one [I].
TAKEN_COST_MC = 0
#: Tunes of this branch and their prompts are free, and their images are mock images [D].
FREE_BRANCH = "fast"
#: The answer to an account that cannot pay. Only the text is known [V]. The status is the one that a client mistakes
#: most easily, for a parameter that is wrong [I].
POOR_STATUS, POOR_MESSAGE = 422, "Not enough balance. Please add credits to your account"

# --- Tunes

#: The branch of a tune that names neither a branch nor a base tune [D].
DEFAULT_BRANCH = "sd15"
#: The model type that a branch always has (SDXL: [D]), or has by default (Flux has no checkpoints: [I]).
FORCED_MODEL_TYPES = {"sdxl1": "pti"}
DEFAULT_MODEL_TYPES = {"flux1": "lora"}
#: The token of a branch, and of the others [D]. A FaceID tune has none [R].
TOKENS, DEFAULT_TOKEN = {"sdxl1": "ohwx", "flux1": "ohwx"}, "sks"
#: These draw nothing by themselves. A prompt that is posted to their own id is refused with this text [R], unless the
#: branch is `FREE_BRANCH` [D].
ADAPTERS = frozenset({"lora", "pti", "faceid"})
ADAPTER_REFUSED = "model_type={} is not supported. Use a checkpoint instead"
#: The estimate of when a tune is trained, as a multiple of the time that training takes. A recorded create of sd15 has
#: eta = created_at + 10.5 min [R]; with `Timings` as they are, that is 1.5 times 7 min. It stays after training [I].
ETA_FACTOR = 1.5
#: More training images are refused [R].
MAX_IMAGES = 50
#: A tune's images and model are deleted this many seconds after its training [D].
KEPT = 30 * 24 * 3600.0
#: Families that are trained in the create's answer already, beside FaceID [D].
TRAINED_AT_ONCE = "gemini"

# --- Prompts

#: How many images a prompt makes that does not say; the service's number is unknown [I]. A video is one.
DEFAULT_NUM_IMAGES = 4
#: Bounds: (name, lowest, highest, whole number) [D]. A seed of -1 is taken, too, and means none [V].
PROMPT_NUMBERS: tuple[tuple[str, float, float, bool], ...] = (
    ("num_images", 1, 8, True),
    ("seed", -1, 2**32, True),
    ("steps", 0, 50, True),
    ("cfg_scale", 0, 15, False),
    ("denoising_strength", 0, 1, False),
    ("controlnet_conditioning_scale", 0, 1, False),
    ("w", 8, 8192, True),
    ("h", 8, 8192, True),
)
#: Flux: cfg_scale below this, and no negative prompt [R].
FLUX_CFG_SCALE = 5
#: How many LoRAs an SDXL text may name [D]; with more, the fake draws none of them [I].
MAX_LORAS_ON_SDXL = 1
#: With account idempotency, prompts that agree in these and in their tune are one prompt [D].
IDENTITY = (
    "text", "cfg_scale", "steps", "seed", "callback", "negative_prompt", "super_resolution", "face_correct", "ar",
    "num_images", "controlnet", "denoising_strength", "use_lpw", "controlnet_conditioning_scale", "w", "h", "hires_fix",
    "scheduler", "controlnet_txt2img", "inpaint_faces",
)  # fmt: skip
#: The resolution of a prompt that names none; Gemini draws 2K [V], the others 1K [I].
DEFAULT_RESOLUTION, GEMINI_RESOLUTION = "1K", "2K"
#: A template of a pack whose text names no tune is refused with this text [V].
NOT_FINE_TUNED = "Prompt is not using a fine-tuned model"

# --- Videos

#: The text of a refusal that was recorded [R].
ONE_VIDEO = "must be 1 for --video"
#: In a text, this orders a video: the older form [D].
VIDEO_FLAG = r"(?:^|\s)--video(?:[\s=]|$)"
#: Models whose first and last frame exclude references, input video and audio: Seedance 2 and 2.5 [D].
EXCLUSIVE_FRAMES = r"seedance\D*2[._-]?5?(?!\d)"
#: Models that need an input video [D].
NEEDS_INPUT_VIDEO = r".*_motion_control.*|wan_animate_.*|dreamactor_m2"
#: The most reference images of a model [D]: the first pattern that matches counts.
MAX_REFERENCES = ((r"seedance\D*2[._-]?5(?!\d)", 30), (r"seedance\D*2(?!\d)", 9), (r"wan\D*3[._-]?0?(?!\d)", 10))
#: How long an inspection of a video is pending before it is processed, in seconds, and its status once it is done:
#: the vendor's clients know only pending, processing and failed [I].
INSPECTION_PENDING, INSPECTION_DONE = 1.0, "completed"

# --- Callbacks

#: The keys of a prompt in a callback [R], and of a tune [V].
PROMPT_KEYS = (
    "id", "text", "steps", "images", "tune_id", "created_at", "trained_at", "updated_at", "negative_prompt",
    "started_training_at",
)  # fmt: skip
TUNE_KEYS = (
    "id", "title", "name", "steps", "trained_at", "started_training_at", "created_at", "updated_at", "expires_at",
)  # fmt: skip

# --- The rest

#: How many prompts a theme makes for each tune [D], and its status; 200 is documented as well [D].
PROMPTS_OF_A_THEME, THEME_STATUS = 10, 201
#: The class that a pack shows first, and the others that it supports unless it says so [I].
DEFAULT_CLASSES = ("woman", "man")
#: Larger uploads are refused, in bytes [V].
MAX_UPLOAD = 100 * 1024 * 1024
#: The answer to bytes that are not those which were announced, as a store of files does [I].
WRONG_BYTES_STATUS = 400
