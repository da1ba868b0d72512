"""The gallery: what everybody can use. Models that draw, and a few LoRAs that others made public."""

from __future__ import annotations

from .records import StoredTune

#: (id, title, name, branch, model type, token), by ascending id. The ids below 1,600,000 and their branches are documented
#: [D]; the partner models' ids are those of the vendor's clients [V], which branch each of them has is not known [I]; the
#: three LoRAs are made up [I].
_TUNES = (
    (666_678, "SDXL 1.0", None, "sdxl1", None, "ohwx"),
    (690_204, "Realistic Vision 5.1", None, "sd15", None, "sks"),
    (1_504_944, "Flux1.dev", None, "flux1", None, "ohwx"),
    (1_600_102, "Watercolour", "style", "flux1", "lora", "ohwx"),
    (1_600_103, "Film noir", "style", "flux1", "lora", "ohwx"),
    (1_600_104, "Red evening dress", "dress", "flux1", "lora", "ohwx"),
    (3_159_068, "Nano Banana", None, "gemini-2", None, None),
    (3_618_064, "Gemini", None, "gemini-2", None, None),
    (3_691_308, "Seedream", None, "partner-1", None, None),
    (4_180_298, "Nano Banana 2", None, "gemini-2", None, None),
    (4_665_564, "GPT image", None, "partner-1", None, None),
)


def gallery(born: int) -> dict[int, StoredTune]:
    """The tunes by ascending id, trained since the moment `born` and kept for ever."""
    return {
        id_: StoredTune(
            id=id_, key="", params={}, cost_mc=0, created=born, starts=born, ends=born, title=title, name=name,
            branch=branch, model_type=model_type, base_tune_id=None, token=token, family=branch, auto_extend=True,
        )
        for id_, title, name, branch, model_type, token in _TUNES
    }  # fmt: skip
