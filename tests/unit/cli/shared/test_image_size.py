"""Width and height of an image, from its first bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from astria_async.cli._shared.image_size import size_of
from astria_async.cli.demo.scenario import SAMPLES

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 512, 768) + b"\x08\x02\0\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc4\0\x03a\xff\xc2\0\x0b\x08" + struct.pack(">HH", 800, 640)


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + data


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (PNG, (512, 768)),
        (PNG[:20], None),
        (JPEG, (640, 800)),
        (JPEG[:14], None),
        (b"\xff\xd8\xff\xe0\0\x02nonsense", None),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 320, 240)), (320, 240)),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 319 | 239 << 14)), (320, 240)),
        (webp(b"VP8X", b"\0\0\0\0\x3f\x01\0\xef\0\0"), (320, 240)),
        (webp(b"ALPH", b""), None),
        (webp(b"VP8 ", b"\0"), None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_width_and_height_or_none(tmp_path: Path, data: bytes, size: tuple[int, int] | None) -> None:
    path = tmp_path / "image"
    path.write_bytes(data)
    assert size_of(path) == size


def test_there_are_four_samples_of_at_most_30_kb_each() -> None:
    assert len(SAMPLES) == 4
    for path in SAMPLES:
        data = path.read_bytes()
        assert len(data) <= 30_000
        assert data.startswith(b"\xff\xd8\xff")
        assert data.endswith(b"\xff\xd9")
        assert size_of(path) == (640, 800)
    assert len({path.read_bytes() for path in SAMPLES}) == 4
