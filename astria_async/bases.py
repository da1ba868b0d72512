"""Ids of models that draw. A prompt for an adapter (a LoRA, a pti or a FaceID tune) is posted to one of them.

    tune = await astria.tunes.create(name="woman", images=photos, base_tune_id=bases.FLUX1_DEV, model_type="lora")

The ids are the service's and do not change with the account. More models are in `astria.gallery.tunes()`; the partner
models of today are in `astria.account.models()`, since they change often.

The letter is how well an id is known: [D] documented by the vendor; [V] used by the vendor's own clients.
"""

from typing import Final

#: Flux1.dev, branch flux1: the base of a Flux LoRA. [D]
FLUX1_DEV: Final = 1504944
#: SDXL 1.0, branch sdxl1: the base of an SDXL tune, which is always trained as pti. [D]
SDXL_1_0: Final = 666678
#: Realistic Vision 5.1, branch sd15: the model that the documentation's samples draw a FaceID tune on. [D]
REALISTIC_VISION_V51: Final = 690204

#: Nano Banana 2, a partner model, and the one that the vendor's clients take if none is named. [V]
NANO_BANANA_2: Final = 4180298
#: Nano Banana, a partner model. [V]
NANO_BANANA: Final = 3159068
#: Gemini, a partner model; it draws 2K images unless `resolution` says otherwise. [V]
GEMINI: Final = 3618064
#: Seedream, a partner model. [V]
SEEDREAM: Final = 3691308
#: GPT image, a partner model. [V]
GPT_IMAGE: Final = 4665564

__all__ = [
    "FLUX1_DEV",
    "GEMINI",
    "GPT_IMAGE",
    "NANO_BANANA",
    "NANO_BANANA_2",
    "REALISTIC_VISION_V51",
    "SDXL_1_0",
    "SEEDREAM",
]
