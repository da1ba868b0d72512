"""Draws the demo's four training pictures into astria_async/cli/demo/samples/: one invented person in four settings.

    pip install pillow
    python scripts/draw_samples.py [FOLDER]

The same pictures each time: nothing is drawn at random. Each is 640 x 800 and at most 30 kB.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFilter

TARGET = Path(__file__).parent.parent / "astria_async" / "cli" / "demo" / "samples"
WIDTH, HEIGHT = 640, 800
MOST_BYTES = 30_000
#: Everything is drawn this much larger and then reduced, which is what makes the edges smooth.
ZOOM = 3

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

SKIN, SKIN_SHADE, LIPS = (232, 184, 152), (211, 154, 122), (190, 92, 88)
HAIR, HAIR_LIGHT, BROW = (92, 48, 34), (128, 70, 46), (74, 40, 30)
WHITE, IRIS, DARK = (250, 247, 242), (62, 110, 104), (38, 26, 24)


class Canvas:
    """A picture with its middle at x = 0, in units of one pixel of the result; `dx`, `dy` move what is drawn next."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * ZOOM, HEIGHT * ZOOM))
        self.dx, self.dy = WIDTH / 2, 0.0

    def at(self, x: float, y: float) -> Point:
        return (x + self.dx) * ZOOM, (y + self.dy) * ZOOM

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """An oval around (x, y)."""
        box = [*self.at(x - rx, y - ry), *self.at(x + rx, y + ry)]
        ImageDraw.Draw(self.image).ellipse(box, fill=colour)

    def shape(self, points: Iterable[Point], colour: Colour) -> None:
        """A closed curve through the points."""
        ImageDraw.Draw(self.image).polygon([self.at(*point) for point in smooth(list(points))], fill=colour)

    def line(self, points: Iterable[Point], colour: Colour, width: float, *, closed: bool = False) -> None:
        """An open curve through the points, with round ends."""
        path = smooth(list(points), closed=closed)
        for x, y in path:
            self.oval(x, y, width / 2, width / 2, colour)

    def fade(self, top: Colour, bottom: Colour, from_y: int = 0, to_y: int = HEIGHT) -> None:
        """Horizontal bands from one colour to another."""
        draw = ImageDraw.Draw(self.image)
        for row in range(from_y * ZOOM, to_y * ZOOM):
            share = (row / ZOOM - from_y) / (to_y - from_y)
            draw.line([(0, row), (WIDTH * ZOOM, row)], fill=mixed(top, bottom, share))

    def blur(self, radius: float) -> None:
        """Put what has been drawn so far out of focus."""
        self.image = self.image.filter(ImageFilter.GaussianBlur(radius * ZOOM))

    def jpeg(self) -> bytes:
        """The finished picture, at the best quality that fits into the size."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        for quality in range(88, 40, -4):
            out = BytesIO()
            small.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= MOST_BYTES:
                return out.getvalue()
        raise SystemExit("a picture does not fit into 30 kB: draw it with less detail")


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The colour between two: `share` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def smooth(points: list[Point], *, closed: bool = True, steps: int = 24) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count = len(points)
    path: list[Point] = []
    for index in range(count if closed else count - 1):
        a, b, c, d = (
            points[(index + offset) % count] if closed else points[min(max(index + offset, 0), count - 1)]
            for offset in (-1, 0, 1, 2)
        )
        for step in range(steps):
            t = step / steps
            x, y = (
                0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)
                for p, q, r, s in zip(a, b, c, d, strict=True)
            )
            path.append((x, y))
    return path if closed else [*path, points[-1]]


def mirrored(points: Iterable[Point]) -> list[Point]:
    """The right half given from top to bottom, with the left half added."""
    right = list(points)
    return right + [(-x, y) for x, y in reversed(right) if x]


def person(canvas: Canvas, clothes: Colour, *, turn: float = 0.0, smile: float = 10.0) -> None:
    """The same person each time: `turn` moves the features sideways, `smile` lifts the corners of the mouth."""
    hair_behind(canvas)
    body(canvas, clothes)
    face(canvas)
    features(canvas, turn, smile)
    hair_in_front(canvas)


def hair_behind(canvas: Canvas) -> None:
    """Long hair, down to the shoulders."""
    canvas.shape(
        mirrored([(0, 150), (96, 172), (146, 250), (152, 350), (170, 450), (158, 540), (104, 566), (40, 540)]), HAIR
    )


def body(canvas: Canvas, clothes: Colour) -> None:
    """Neck, shoulders and a round collar."""
    shade = mixed(clothes, (0, 0, 0), 0.16)
    canvas.shape(mirrored([(0, 540), (70, 548), (150, 582), (222, 622), (262, 720), (272, 860), (0, 900)]), clothes)
    canvas.shape([(150, 640), (168, 700), (176, 860), (206, 860), (190, 720)], shade)
    canvas.shape([(-150, 640), (-168, 700), (-176, 860), (-206, 860), (-190, 720)], shade)
    canvas.shape(mirrored([(0, 440), (52, 450), (56, 520), (84, 566), (50, 600), (0, 616)]), SKIN_SHADE)
    canvas.shape(mirrored([(0, 500), (54, 532), (84, 566), (50, 600), (0, 616)]), SKIN)
    canvas.line([(-92, 562), (-56, 604), (0, 624), (56, 604), (92, 562)], shade, 9)


def face(canvas: Canvas) -> None:
    """Ears, head, and a warm cheek on each side."""
    for side in (-1, 1):
        canvas.oval(side * 110, 356, 16, 30, SKIN_SHADE)
    canvas.shape(mirrored([(0, 196), (66, 208), (104, 262), (110, 340), (98, 410), (62, 470), (22, 498)]), SKIN)
    for side in (-1, 1):
        canvas.oval(side * 62, 404, 26, 17, mixed(SKIN, LIPS, 0.22))


def features(canvas: Canvas, turn: float, smile: float) -> None:
    """Eyes, brows, nose, mouth."""
    for side in (-1, 1):
        x = side * 46 + turn
        canvas.shape([(x - 25, 347), (x, 333), (x + 25, 347), (x, 358)], WHITE)
        canvas.oval(x + turn * 0.3, 346, 11.5, 11.5, IRIS)
        canvas.oval(x + turn * 0.3, 346, 5.5, 5.5, DARK)
        canvas.oval(x + turn * 0.3 + 4, 342, 3, 3, WHITE)
        canvas.line([(x - side * 24, 348), (x - side * 10, 336), (x + side * 6, 332), (x + side * 27, 345)], DARK, 4.5)
        canvas.line([(x - side * 27, 312), (x + side * 2, 302), (x + side * 29, 313)], BROW, 7.5)
    canvas.line([(turn * 1.3 - 3, 350), (turn * 1.6 - 8, 388), (turn * 1.6 - 12, 404)], SKIN_SHADE, 5)
    canvas.line([(turn * 1.6 - 13, 405), (turn * 1.6, 411), (turn * 1.6 + 14, 404)], SKIN_SHADE, 6)
    corner, middle = 448 - smile, 450 + smile * 0.3
    canvas.shape(
        [(turn - 38, corner), (turn - 12, middle - 10), (turn, middle - 7), (turn + 12, middle - 10),
         (turn + 38, corner), (turn + 16, middle + 12), (turn - 16, middle + 12)],
        LIPS,
    )  # fmt: skip
    canvas.line([(turn - 36, corner), (turn, middle), (turn + 36, corner)], mixed(LIPS, DARK, 0.45), 3)


def hair_in_front(canvas: Canvas) -> None:
    """A parting on the left, a strand down each side of the face, and some light on it."""
    canvas.shape(
        [(-36, 178), (30, 160), (98, 190), (134, 262), (138, 350), (150, 440), (132, 500), (112, 420), (108, 340),
         (92, 270), (48, 232), (-10, 214)],
        HAIR,
    )  # fmt: skip
    canvas.shape(
        [(-20, 178), (-88, 184), (-134, 258), (-140, 350), (-152, 444), (-134, 500), (-112, 420), (-110, 340),
         (-98, 276), (-72, 232), (-30, 214)],
        HAIR,
    )  # fmt: skip
    canvas.line([(20, 178), (82, 210), (116, 280), (124, 380), (134, 452)], HAIR_LIGHT, 5)
    canvas.line([(44, 184), (102, 232), (126, 300), (132, 372)], HAIR_LIGHT, 3)
    canvas.line([(-44, 190), (-102, 226), (-124, 300), (-130, 400), (-138, 456)], HAIR_LIGHT, 5)


def hills(canvas: Canvas) -> None:
    """Morning: a low sun behind three rows of hills."""
    canvas.fade((250, 214, 170), (246, 168, 140))
    canvas.oval(150, 210, 74, 74, (255, 240, 206))
    for row, colour in enumerate([(214, 138, 132), (164, 104, 124), (110, 78, 110)]):
        top = 420 + row * 95
        ridge = [(x, top + 34 * math.sin(x / 95 + row * 1.9)) for x in range(-420, 421, 60)]
        canvas.shape([*ridge, (420, 900), (-420, 900)], colour)
    canvas.blur(2.5)


def city(canvas: Canvas) -> None:
    """Night: towers with lit windows, out of focus."""
    canvas.fade((24, 30, 62), (74, 58, 110))
    for tower in range(8):
        left, top = -330 + tower * 84, 250 + (tower * 137) % 190
        colour = mixed((34, 38, 74), (52, 50, 96), (tower % 3) / 2)
        ImageDraw.Draw(canvas.image).rectangle([*canvas.at(left, top), *canvas.at(left + 74, HEIGHT)], fill=colour)
        for window in range(24):
            if (window * 7 + tower * 5) % 4 < 2:
                x, y = left + 16 + (window % 3) * 21, top + 28 + (window // 3) * 44
                canvas.oval(x, y, 6, 8, (255, 208, 122) if (window + tower) % 3 else (150, 214, 232))
    canvas.blur(4)


def garden(canvas: Canvas) -> None:
    """Noon: leaves and blossoms, far behind."""
    canvas.fade((196, 226, 196), (112, 168, 112))
    for leaf in range(90):
        angle = leaf * 2.399963  # the golden angle, which spreads the leaves evenly
        radius = 44 * math.sqrt(leaf)
        x, y = radius * math.cos(angle), 360 + radius * 1.15 * math.sin(angle)
        canvas.oval(x, y, 38, 26, mixed((74, 140, 84), (158, 204, 120), (leaf * 5 % 9) / 8))
        if leaf % 6 == 0:
            canvas.oval(x + 8, y - 6, 13, 13, (250, 226, 236) if leaf % 4 else (244, 176, 188))
    canvas.blur(6)


def seaside(canvas: Canvas) -> None:
    """Afternoon: sky, two clouds, the sea, and sand."""
    canvas.fade((132, 196, 232), (222, 240, 246), 0, 430)
    canvas.fade((44, 128, 164), (104, 186, 192), 430, 650)
    canvas.fade((240, 220, 178), (226, 196, 150), 650, HEIGHT)
    for x, y in ((-210, 130), (190, 210)):
        for puff, size in ((-52, 26), (-14, 40), (30, 32), (60, 20)):
            canvas.oval(x + puff, y - size * 0.4, size, size * 0.8, (250, 252, 252))
    for wave in range(6):
        y = 470 + wave * 32
        canvas.line([(x, y + 4 * math.sin(x / 26 + wave)) for x in range(-330, 331, 30)], (176, 220, 222), 2.5)
    canvas.blur(2.5)


Setting: TypeAlias = tuple[str, Callable[[Canvas], None], Colour, float, float, Point]

SETTINGS: tuple[Setting, ...] = (
    ("1-morning-hills.jpg", hills, (58, 92, 120), 0.0, 12.0, (0, 0)),
    ("2-city-night.jpg", city, (176, 52, 74), 7.0, 7.0, (-24, 16)),
    ("3-garden.jpg", garden, (246, 240, 226), -7.0, 16.0, (20, 8)),
    ("4-seaside.jpg", seaside, (240, 176, 62), 4.0, 18.0, (10, -6)),
)


def drawn() -> dict[str, bytes]:
    """Each file's name and bytes."""
    files = {}
    for name, setting, clothes, turn, smile, (dx, dy) in SETTINGS:
        canvas = Canvas()
        setting(canvas)
        canvas.dx += dx
        canvas.dy += dy
        person(canvas, clothes, turn=turn, smile=smile)
        files[name] = canvas.jpeg()
    return files


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in drawn().items():
        (folder / name).write_bytes(data)
        print(f"{name}: {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
