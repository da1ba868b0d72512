"""What everybody can use: the documented base tunes, and a few tunes that others made public."""

from __future__ import annotations

from .records import StoredTune

#: (id, title, name, branch, model type, token). The first three are documented [D]; the others are made up [I].
_TUNES = (
    (666_678, "SDXL 1.0", None, "sdxl1", None, "ohwx"),
    (690_204, "Realistic Vision 5.1", None, "sd15", None, "sks"),
    (1_504_944, "Flux1.dev", None, "flux1", None, "ohwx"),
    (1_600_101, "Gemini", None, "gemini", None, "ohwx"),
    (1_600_102, "Watercolour", "style", "flux1", "lora", "ohwx"),
    (1_600_103, "Film noir", "style", "flux1", "lora", "ohwx"),
    (1_600_104, "Red evening dress", "dress", "flux1", "lora", "ohwx"),
)


def gallery(born: int) -> dict[int, StoredTune]:
    """The tunes by ascending id, trained since the moment `born` and kept for ever."""
    return {
        id_: StoredTune(
            id=id_, key="", params={}, cost_mc=0, created=born, starts=born, ends=born, title=title, name=name,
            branch=branch, model_type=model_type, base_tune_id=None, token=token, is_flux=branch == "flux1",
            auto_extend=True,
        )
        for id_, title, name, branch, model_type, token in _TUNES
    }  # fmt: skip
