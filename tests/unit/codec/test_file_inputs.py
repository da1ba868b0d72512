"""What people have when they have a file: of other libraries, read asynchronously, in memory, behind a URL."""

from __future__ import annotations

import base64
import io
import tempfile
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest

from astria_async._codec import file_input, files_in, to_tree
from astria_async._codec.file_inputs import LARGE
from astria_async._wire import FilePart
from astria_async.errors import ParameterError
from astria_async.models import PromptParams, TuneParams

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class UploadFile:
    """As Starlette's, FastAPI's and Litestar's: it reads asynchronously, and has the file itself as `file`."""

    filename = r"C:\photos\me.png"

    def __init__(self, file: Any) -> None:
        self.file = file

    async def read(self, size: int = -1) -> bytes:
        return bytes(self.file.read(size))


class AsyncFile:
    """As aiofiles': it reads asynchronously, and hands out nothing else."""

    async def read(self, size: int = -1) -> bytes:
        return b""

    async def seekable(self) -> bool:
        return True


class PilImage:
    __module__ = "PIL.Image"


class Array:
    """As numpy's."""

    shape = (3, 4)

    def tobytes(self) -> bytes:
        return b""


class HttpUrl:
    """As pydantic's."""


def part_of(value: Any) -> FilePart:
    part = file_input(value, "input_image")
    assert isinstance(part, FilePart)
    return part


def test_upload_of_a_web_framework_is_the_file_in_it() -> None:
    with tempfile.SpooledTemporaryFile() as file:
        file.write(PNG)
        file.seek(0)
        part = part_of(UploadFile(file))
        assert (part.name, part.content_type, part.size) == ("me.png", "image/png", len(PNG))
        assert part.source is file


async def test_a_file_opened_with_anyio_is_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(PNG)
    async with await anyio.open_file(tmp_path / "me.png", "rb") as file:
        part = part_of(file)
        assert (part.name, part.size, part.source) == ("me.png", len(PNG), file.wrapped)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (AsyncFile(), "AsyncFile is read asynchronously; pass its Path, or the bytes of await file.read()"),
        (UploadFile(None), "UploadFile is read asynchronously; pass its Path, or the bytes of await file.read()"),
        (PilImage(), "a PIL image is not a file; save it into an io.BytesIO(), and pass that"),
        (Array(), "an Array is not a file; encode it as an image, and pass the bytes"),
        (HttpUrl(), "HttpUrl is not a text; pass str(...) of it"),
        (("a.png", "b"), "tuple is not a file; pass a Path, bytes, (name, bytes), an open file or a URL"),
        ("", "it is empty; pass a Path, bytes, (name, bytes), an open file or a URL"),
        ("C:\\a.jpg", "'C:\\\\a.jpg' is not a URL; for a file on disk pass Path('C:\\\\a.jpg')"),
        ("https://", "'https://' is not a URL: it does not name a host; give a public https URL"),
        ("data:image/png;base64", "is not a URL; a data URL begins with data:image/jpeg;base64,"),
    ],
)
def test_what_cannot_be_uploaded_is_refused_with_the_remedy(value: Any, remedy: str) -> None:
    with pytest.raises(ParameterError) as caught:
        file_input(value, "input_image")
    assert str(caught.value).startswith("input_image: ")
    assert str(caught.value).endswith(remedy)


class BytesPath:
    """A path whose text is bytes, as os.scandir(b"...") gives them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> bytes:
        return bytes(self._path)


def test_a_path_may_be_made_of_bytes(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(PNG)
    assert part_of(BytesPath(tmp_path / "me.png")).source == tmp_path / "me.png"


@pytest.mark.parametrize("content", [bytearray(PNG), memoryview(PNG)])
def test_a_named_file_may_be_any_bytes(content: Any) -> None:
    assert (part_of(("a.png", content)).name, part_of(("a.png", content)).source) == ("a.png", PNG)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 64 * 1024 * 3 // 4, 64 * 1024 * 3 // 4 + 1, 1_000_001])
def test_a_data_url_is_decoded_piece_by_piece(size: int) -> None:
    data = PNG + b"x" * size
    text = base64.b64encode(data).decode()
    assert part_of(f"data:image/png;base64,{text}").source == data
    assert part_of(f" DATA:image/png;charset=x;BASE64,{text.replace('=', '%3D').replace('+', '%2B')}\n").source == data


@pytest.mark.parametrize("at", [4, 64 * 1024, 64 * 1024 + 4])
def test_padding_within_a_data_url_is_refused(at: int) -> None:
    text = "A" * (at - 2) + "==" + "A" * 8
    with pytest.raises(ParameterError, match="the data URL is not valid base64"):
        file_input(f"data:;base64,{text}", "input_image")


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("large", [False, True])
async def test_a_large_data_url_is_decoded_off_the_event_loop(
    many: bool, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from astria_async._codec import params

    threads: list[int] = []
    monkeypatch.setattr(params, "file_input", lambda *_: threads.append(threading.get_ident()))
    url = "data:image/png;base64," + "A" * (LARGE if large else 4)
    await to_tree(
        TuneParams(name="cat", images=[url]) if many else PromptParams(text="x", input_image=url), validate=False
    )
    assert [thread != threading.get_ident() for thread in threads] == [large]


def test_numbers_of_other_libraries_are_sent_in_any_tree() -> None:
    class Int64:
        def __index__(self) -> int:
            return 7

    assert files_in({"a": [Int64(), 1.5, None]}) == {"a": [7, 1.5, None]}


def test_a_stream_that_is_text_is_refused() -> None:
    with pytest.raises(ParameterError, match="text mode"):
        file_input(io.StringIO("x"), "input_image")
