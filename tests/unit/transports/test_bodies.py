"""Unpacking an answer's body piece by piece."""

from __future__ import annotations

import gzip

from astria_async.transports._bodies import unpacker


def test_members_of_gzip_may_be_cut_anywhere() -> None:
    hello = gzip.compress(b"hello", mtime=0)
    packed, unpack = hello + hello + b"\x1f, and what follows" + hello, unpacker("gzip")
    found = [piece for at in range(len(packed)) for piece in unpack(packed[at : at + 1])]
    assert b"".join([*found, *unpack(b"")]) == b"hellohello"
