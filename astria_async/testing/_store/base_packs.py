"""A gallery of packs that can be run out of the box. Only the first one's id, title and classes are documented [D]."""

from __future__ import annotations

from .records import StoredPack, StoredTemplate

#: (id, title, base tune, model type, classes, multi, scenes).
_PACKS: tuple[tuple[int, str, int, str | None, tuple[str, ...], bool, tuple[str, ...]], ...] = (
    (260, "Corporate headshots", 1_504_944, "lora", ("woman", "man", "cat"), False, (
        "in a dark suit, grey studio background", "in a bright office, soft window light", "on a terrace at noon",
    )),
    (902, "Watercolours", 666_678, "pti", ("woman", "man", "boy", "girl"), False, (
        "as a watercolour, loose brush strokes", "as a watercolour of a harbour",
    )),
    (903, "Pets in space", 1_504_944, "lora", ("cat", "dog"), False, ("in a space suit", "on the moon, stars behind")),
    (904, "Couples", 690_204, "faceid", ("woman", "man"), True, ("at a lake, holding hands", "dancing in the rain")),
)  # fmt: skip

#: The id of the first template.
_FIRST_TEMPLATE = 29_000_001
_NUM_IMAGES = 4


def packs(born: int) -> dict[int, StoredPack]:
    """The packs by ascending id, public and listed since the moment `born`."""
    made: dict[int, StoredPack] = {}
    template_id = _FIRST_TEMPLATE
    for id_, title, base_tune_id, model_type, classes, multi, scenes in _PACKS:
        templates = [
            StoredTemplate(id=template_id + number, text=text, num_images=_NUM_IMAGES)
            for number, text in enumerate(scenes)
        ]
        template_id += len(scenes)
        made[id_] = StoredPack(
            id=id_, key="", title=title, slug=title.lower().replace(" ", "-"), subtitle=None, base_tune_id=base_tune_id,
            model_type=model_type, classes=classes, templates=templates, multi=multi, built_in=True, public_at=born,
            created=born,
        )  # fmt: skip
    return made
