"""What a file is, told by its first bytes."""

from __future__ import annotations

#: The major brands of images in HEIF, single ones and sequences. Source: ISO 23008-12, annex B and 10.2; the first two
#: are of any codec.
_HEIF_BRANDS = (b"mif1", b"msf1", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
#: (offset, magic bytes, type, extension). Source: WHATWG MIME Sniffing, section 6; HEIC and AVIF: ISO 14496-12 ftyp.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (0, b"GIF8", "image/gif", "gif"),
    (8, b"WEBP", "image/webp", "webp"),
    *((4, b"ftyp" + brand, "image/heic", "heic") for brand in _HEIF_BRANDS),
    (4, b"ftypavif", "image/avif", "avif"),
    (4, b"ftypavis", "image/avif", "avif"),
    (4, b"ftypqt  ", "video/quicktime", "mov"),
    (4, b"ftypM4A", "audio/mp4", "m4a"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", "webm"),
    (8, b"WAVE", "audio/wav", "wav"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"\xff\xfb", "audio/mpeg", "mp3"),
    (0, b"\xff\xf3", "audio/mpeg", "mp3"),
    (0, b"OggS", "audio/ogg", "ogg"),
)
_UNKNOWN = ("application/octet-stream", "bin")
#: The extensions of images and videos.
EXTENSIONS = tuple(dict.fromkeys(ext for _, _, kind, ext in _MAGIC if kind.startswith(("image/", "video/"))))


def sniff(head: bytes) -> tuple[str, str]:
    """(content type, extension) of a file by its first 16 bytes; `application/octet-stream`, `bin` where unknown."""
    for offset, magic, kind, extension in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind, extension
    return _UNKNOWN
