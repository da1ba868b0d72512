"""Draws the fake's images: stylised portraits, each a few kilobytes of PNG, with the standard library alone.

An image is a scene, a soft gradient whose hue follows from its number, and the persons in it, side by side. Each person's
skin, hair, head and clothes follow from the number of that person, so that one is known again in every scene. A scene with
nobody in it is an empty landscape: a sun over hills. Each shape gives for a row the stretch that it covers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from colorsys import hls_to_rgb
from functools import lru_cache
from math import sqrt
from random import Random
from typing import TypeAlias

WIDTH, HEIGHT = 256, 320
#: How many different scenes there are.
SCENES = 360

Colour: TypeAlias = tuple[int, int, int]
Shape: TypeAlias = Callable[[float], tuple[float, float] | None]
"""For a row: from where to where it reaches; None where the row does not meet it."""

_SKINS: tuple[Colour, ...] = (
    (250, 220, 196), (238, 196, 162), (222, 170, 130), (190, 134, 94), (146, 96, 64), (104, 68, 48),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = (
    (38, 30, 34), (72, 46, 34), (116, 70, 40), (170, 112, 58), (214, 172, 104), (150, 58, 36), (176, 176, 186),
)  # fmt: skip


def png(scene: int, persons: tuple[int, ...] = ()) -> bytes:
    """The image of these persons in a scene, as a PNG of 256 x 320 pixels; scenes wrap around at `SCENES`."""
    return _png(scene % SCENES, persons)


@lru_cache(maxsize=512)  # 4 MB once it is full
def _png(scene: int, persons: tuple[int, ...]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits a channel, red green blue
    rows = b"".join(b"\0" + bytes(row) for row in _rows(scene, persons))
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _rows(scene: int, persons: tuple[int, ...]) -> Iterator[bytearray]:
    """The image from top to bottom: the gradient, with the shapes painted over it, those behind first."""
    random = Random(scene)
    hue = scene * 0.618034 % 1
    top, bottom = _colour(hue, 0.86, 0.55), _colour(hue + 0.06, 0.62, 0.45)
    shapes = list(_persons(random, hue, persons) if persons else _landscape(random, hue))
    for y in range(HEIGHT):
        row = bytearray(bytes(_mixed(top, bottom, y / HEIGHT)) * WIDTH)
        for shape, colour in shapes:
            reach = shape(y + 0.5)
            if reach is not None:
                _paint(row, *reach, colour)
        yield row


def _landscape(random: Random, hue: float) -> Iterator[tuple[Shape, Colour]]:
    """A sun over hills, and nobody."""
    yield _ellipse(random.uniform(60, 196), random.uniform(60, 110), 26, 26), _colour(hue + 0.1, 0.95, 0.8)
    for distance in (0.45, 0.36, 0.27):
        x, y = random.uniform(0, WIDTH), HEIGHT + random.uniform(20, 60) * (1.4 - distance)
        yield _ellipse(x, y, random.uniform(150, 260), 260 * distance + 30), _colour(hue + distance / 2, distance, 0.3)


def _persons(random: Random, hue: float, persons: tuple[int, ...]) -> Iterator[tuple[Shape, Colour]]:
    """Side by side, and the smaller the more there are. Where each stands differs from scene to scene."""
    share = 1 / len(persons)
    size = 1.0 if len(persons) == 1 else 1.35 * share**0.8
    yield _ellipse(WIDTH / 2, 122, 104, 104), _colour(hue + 0.02, 0.9, 0.6)  # a glow behind
    for number, person in enumerate(persons):
        middle = WIDTH * share * (number + 0.5) + random.uniform(-8, 8) * size
        top = HEIGHT * (1 - size) + random.uniform(-6, 6) * size
        for shape, colour in _person(Random(person)):
            yield _placed(shape, middle, top, size), colour


def _placed(shape: Shape, middle: float, top: float, size: float) -> Shape:
    """A shape of a person, drawn around the middle of a whole image, moved and made smaller."""

    def reach(row: float) -> tuple[float, float] | None:
        stretch = shape((row - top) / size)
        if stretch is None:
            return None
        left, right = stretch
        return middle + (left - WIDTH / 2) * size, middle + (right - WIDTH / 2) * size

    return reach


def _person(random: Random) -> Iterator[tuple[Shape, Colour]]:
    skin, hair = random.choice(_SKINS), random.choice(_HAIRS)
    clothes = _colour(random.random(), random.uniform(0.32, 0.5), random.uniform(0.4, 0.7))
    x, y = WIDTH / 2, 128.0
    wide, high = random.uniform(45, 52), random.uniform(58, 66)
    style = random.choice(("short", "bob", "long", "bun", "round"))
    if style in ("bob", "long"):
        yield _mane(x, y, wide + 15, high, y + (66 if style == "bob" else 130)), _shaded(hair, 0.82)
    elif style == "bun":
        yield _ellipse(x, y - high - 16, 23, 21), _shaded(hair, 0.9)
    elif style == "round":
        yield _ellipse(x, y - 12, wide + 26, high + 14), _shaded(hair, 0.9)
    yield _ellipse(x, HEIGHT + 20, 112 + random.uniform(-10, 8), 128), clothes
    yield _between(x, 21, y + 30, 230), _shaded(skin, 0.86)
    yield _lower_half(_ellipse(x, 229.5, 21, 15), 229.5), _shaded(skin, 0.86)
    yield _ellipse(x - wide, y + 8, 9, 14), _shaded(skin, 0.94)
    yield _ellipse(x + wide, y + 8, 9, 14), _shaded(skin, 0.94)
    yield _ellipse(x, y, wide, high), skin
    yield _fringe(x, y, wide + 3, high + 5, random.uniform(0.3, 0.5), random.choice((-1, 0, 1))), hair


def _ellipse(x: float, y: float, wide: float, high: float) -> Shape:
    def reach(row: float) -> tuple[float, float] | None:
        distance = (row - y) / high
        if abs(distance) >= 1:
            return None
        half = wide * sqrt(1 - distance * distance)
        return x - half, x + half

    return reach


def _between(x: float, half: float, top: float, bottom: float) -> Shape:
    return lambda row: (x - half, x + half) if top <= row <= bottom else None


def _lower_half(shape: Shape, middle: float) -> Shape:
    return lambda row: shape(row) if row > middle else None


def _mane(x: float, y: float, wide: float, high: float, bottom: float) -> Shape:
    """Hair that falls straight from the widest part of the head, and ends rounded."""
    crown, end = _ellipse(x, y, wide, high + 12), _ellipse(x, bottom - 18, wide, 18)

    def reach(row: float) -> tuple[float, float] | None:
        if row < y:
            return crown(row)
        return (x - wide, x + wide) if row < bottom - 18 else end(row)

    return reach


def _fringe(x: float, y: float, wide: float, high: float, depth: float, side: int) -> Shape:
    """Hair on the forehead: the head's own outline above, a parting to one side (or a straight cut) below."""
    crown, line = _ellipse(x, y, wide, high), y - high * depth

    def reach(row: float) -> tuple[float, float] | None:
        outline = crown(row)
        if outline is None or row > line + 26:
            return None
        left, right = outline
        below = max(0.0, row - line) / 26
        if side == 0:
            return None if below else outline
        return (left, right - (right - left) * below**0.5) if side < 0 else (left + (right - left) * below**0.5, right)

    return reach


def _paint(row: bytearray, left: float, right: float, colour: Colour) -> None:
    """Paint from `left` to `right`; the pixel at each end takes as much of the colour as is covered of it."""
    left, right = max(0.0, left), min(float(WIDTH), right)
    first, last = int(left) + 1, min(int(right), WIDTH - 1)
    if first > last:
        return
    row[3 * first : 3 * last] = bytes(colour) * (last - first)
    _blend(row, first - 1, colour, first - left)
    _blend(row, last, colour, right - last)


def _blend(row: bytearray, pixel: int, colour: Colour, share: float) -> None:
    at = 3 * pixel
    row[at : at + 3] = bytes(_mixed((row[at], row[at + 1], row[at + 2]), colour, share))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _shaded(colour: Colour, factor: float) -> Colour:
    return _mixed((0, 0, 0), colour, factor)


def _colour(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
