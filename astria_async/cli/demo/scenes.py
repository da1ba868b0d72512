"""The scenes that the demo asks for."""

from __future__ import annotations

SCENES: tuple[str, ...] = (
    "reading in a hammock between two apple trees, late afternoon light",
    "baking bread in a sunlit kitchen, flour on her hands",
    "walking along a pebble beach on a windy morning, wool coat",
    "playing the cello in an empty concert hall, one warm spotlight",
    "repairing a wooden boat in a harbour workshop, soft shadows",
    "laughing under a yellow umbrella in summer rain",
    "studying star charts at an old observatory, deep blue night",
    "picking lavender in Provence, wide straw hat, golden hour",
    "riding a bicycle over a canal bridge, tulips in the basket",
    "drinking tea in a glasshouse full of ferns",
    "painting a mural on a white wall, bright colours everywhere",
    "hiking above the clouds, red jacket, snow on the peaks",
    "browsing a second-hand bookshop, dust dancing in the light",
    "feeding gulls from a ferry, silver sea behind her",
    "dancing at a village festival, paper lanterns in the trees",
    "writing letters in a night train, reflections in the window",
    "tending bees on a city roof, skyline in the distance",
    "skating on a frozen lake at dawn, breath in the cold air",
    "choosing oranges at a street market, striped awnings",
    "resting by a campfire in a pine forest, sparks rising",
    "throwing clay on a potter's wheel, hands in focus",
    "watching the tide from a lighthouse balcony, evening sun",
    "gardening in rubber boots after the rain, one curious robin",
    "flying a kite on green hills, long scarf in the wind",
)


def scene(index: int) -> str:
    """The scene for the prompt of that index; after the last scene comes the first again."""
    return SCENES[index % len(SCENES)]
