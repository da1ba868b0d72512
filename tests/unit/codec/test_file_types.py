"""What a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astria_async._codec import sniff

HEADS = {
    b"\xff\xd8\xff\xe0\x00\x10JFIF": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": ("image/png", "png"),
    b"GIF89a": ("image/gif", "gif"),
    b"GIF87a": ("image/gif", "gif"),
    b"RIFF\x24\x00\x00\x00WEBPVP8 ": ("image/webp", "webp"),
    b"\0\0\0\x18ftypheic\0\0\0\0": ("image/heic", "heic"),
    b"\0\0\0\x18ftypheix\0\0\0\0": ("image/heic", "heic"),
    b"\0\0\0\x18ftypmif1\0\0\0\0": ("image/heic", "heic"),
    b"\0\0\0\x1cftypavif\0\0\0\0": ("image/avif", "avif"),
    b"\0\0\0\x14ftypqt  \0\0\0\0": ("video/quicktime", "mov"),
    b"\0\0\0\x18ftypmp42\0\0\0\0": ("video/mp4", "mp4"),
    b"\0\0\0\x18ftypisom\0\0\2\0": ("video/mp4", "mp4"),
    b"\0\0\0\x18ftypM4A \0\0\0\0": ("audio/mp4", "m4a"),
    b"\x1a\x45\xdf\xa3\x9fB\x86\x81": ("video/webm", "webm"),
    b"RIFF\x24\x08\x00\x00WAVEfmt ": ("audio/wav", "wav"),
    b"ID3\x04\x00": ("audio/mpeg", "mp3"),
    b"\xff\xfb\x90\x64": ("audio/mpeg", "mp3"),
    b"\xff\xf3\x84\xc4": ("audio/mpeg", "mp3"),
    b"OggS\0\2": ("audio/ogg", "ogg"),
}


@pytest.mark.parametrize(
    ("head", "kind"), HEADS.items(), ids=[f"{kind} {head[:12]!r}" for head, (kind, _) in HEADS.items()]
)
def test_a_file_is_told_by_its_first_bytes(head: bytes, kind: tuple[str, str]) -> None:
    assert sniff(head) == kind
    assert sniff(head[:16]) == kind


@pytest.mark.parametrize("head", [b"", b"hello", b"\xff\xd8", b"RIFF\0\0\0\0AVI ", b"<html>"])
def test_anything_else_is_unknown(head: bytes) -> None:
    assert sniff(head) == ("application/octet-stream", "bin")


@given(st.binary(max_size=32))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    kind, extension = sniff(head)
    assert "/" in kind
    assert extension.isalnum()


@pytest.mark.parametrize("brand", ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"])
def test_pictures_and_sequences_in_heif_are_images(brand: str) -> None:
    kind, extension = sniff(b"\x00\x00\x00\x20ftyp" + brand.encode() + b"\x00\x00\x00\x00")
    assert (kind, extension) == (f"image/{extension}", "avif" if brand.startswith("avi") else "heic")
