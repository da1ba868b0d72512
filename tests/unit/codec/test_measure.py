"""Looking at a file before it is sent: what is found, and what is refused, always with the remedy."""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import pytest

from astria_async._codec import measure
from astria_async._wire import FilePart
from astria_async.errors import ParameterError

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 96


def refusal(source: Any, *, match: str) -> str:
    with pytest.raises(ParameterError, match=match) as caught:
        measure(source, parameter="images[3]")
    assert caught.value.problems == (str(caught.value),)
    assert str(caught.value).startswith("images[3]: ")
    return str(caught.value)


def test_a_path_is_measured_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "me & you.jpeg"
    path.write_bytes(JPEG)
    assert measure(path, parameter="images[0]") == FilePart(
        name="me & you.jpeg", content_type="image/jpeg", source=path, size=100
    )


def test_type_comes_from_the_bytes_and_not_from_the_name(tmp_path: Path) -> None:
    path = tmp_path / "wrong.png"
    path.write_bytes(JPEG)
    assert measure(path, parameter="images[0]").content_type == "image/jpeg"


def test_bytes_are_named_after_the_parameter() -> None:
    assert measure(JPEG, parameter="images[0]") == FilePart(
        name="images-0.jpg", content_type="image/jpeg", source=JPEG, size=100
    )


def test_bytes_may_bring_a_name() -> None:
    assert measure(b"?", parameter="images[0]", name="a.png").name == "a.png"
    assert measure(b"?", parameter="images[0]", name="").name == "images-0.bin"


@pytest.mark.parametrize("offset", [0, 7])
def test_file_objects_are_measured_from_where_they_stand(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x" * offset + JPEG)
    with path.open("rb") as file:
        file.seek(offset)
        part = measure(file, parameter="images[0]")
        assert file.tell() == offset
    assert part == FilePart(name="a.jpg", content_type="image/jpeg", source=file, size=100, start=offset)


def test_file_object_without_a_name_is_named_after_the_parameter() -> None:
    assert measure(io.BytesIO(JPEG), parameter="input_image").name == "input_image.jpg"


def test_an_upload_of_a_web_framework_can_be_passed() -> None:
    with SpooledTemporaryFile(max_size=10) as file:
        file.write(JPEG)
        file.seek(0)
        part = measure(cast(BinaryIO, file), parameter="images[0]")
    assert (part.name, part.size, part.rewindable) == ("images-0.jpg", 100, True)


class Bare:
    """As little of a file object as will do."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.read, self.seek, self.tell, self.seekable = (
            self._file.read, self._file.seek, self._file.tell, self._file.seekable,
        )  # fmt: skip


def test_a_file_object_may_be_someones_own() -> None:
    assert measure(cast(BinaryIO, Bare(JPEG)), parameter="images[0]").size == 100


def test_pipe_is_of_unknown_length_and_can_be_read_once() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as file, os.fdopen(write_end, "wb"):
        part = measure(file, parameter="input_video")
    assert (part.size, part.rewindable, part.content_type) == (None, False, "application/octet-stream")


def test_name_that_is_no_utf_8_can_still_be_sent() -> None:
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")  # as a path has it
    assert measure(JPEG, parameter="images[0]", name=name).name == "caf?.jpg"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refusal(tmp_path / "a.jpg", match=r"the file .*a\.jpg does not exist$")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refusal(tmp_path, match=r"is a folder; pass its files, such as sorted\(folder\.glob\('\*\.jpg'\)\)$")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    refusal(tmp_path / "a.jpg", match="a.jpg is empty$")
    refusal(b"", match="the file is empty$")
    refusal(io.BytesIO(), match="the file is empty$")


def test_a_file_object_at_its_end_is_refused() -> None:
    file = io.BytesIO(JPEG)
    file.seek(0, io.SEEK_END)
    refusal(file, match=r"stands at its end, after 100 bytes; call seek\(0\), or pass its getvalue")


class Forbidden(type(Path())):  # type: ignore[misc]
    """A file that this user may not read: the tests may run as one who may read everything."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = Forbidden(tmp_path / "a.jpg")
    Path(path).write_bytes(JPEG)
    refusal(path, match=r"a\.jpg' cannot be read: Permission denied$")


def test_a_path_that_can_be_none_is_refused() -> None:
    refusal(Path("a\0.jpg"), match="cannot be read: .")


class NamedPipe(type(Path())):  # type: ignore[misc]
    def stat(self, **_: Any) -> os.stat_result:
        return os.stat_result((stat.S_IFIFO, *[0] * 9))

    def open(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("this would wait until somebody writes")


def test_a_named_pipe_is_refused_rather_than_waited_for() -> None:
    refusal(NamedPipe("pipe"), match="is not a regular file; open it, and pass the file object$")


def test_a_closed_file_object_is_refused() -> None:
    file = io.BytesIO(JPEG)
    file.close()
    refusal(file, match="closed; open it, or pass its Path$")


def test_a_file_opened_without_rb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with (tmp_path / "a.jpg").open() as file:
        refusal(file, match="text mode; open it with mode 'rb', or pass its Path$")
    refusal(io.StringIO("text"), match="text mode")


def test_a_file_object_that_gives_text_is_refused() -> None:
    class Text(io.BytesIO):
        def read(self, *_: Any) -> Any:
            return "text"

    refusal(Text(JPEG), match="gives str, not bytes; open it with mode 'rb'$")


def test_a_file_object_for_writing_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        refusal(file, match="the file object is open for writing; open it with mode 'rb'")


def test_a_refusal_is_one_line_and_has_no_cause(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        measure(tmp_path / "a.jpg", parameter="images[0]")
    assert not re.search(r"[\r\n]", str(caught.value))
    assert caught.value.__context__ is None


class AsynchronousFile:
    """As of anyio, aiofiles and Starlette."""

    async def read(self, size: int = -1) -> bytes:
        raise NotImplementedError

    def seekable(self) -> bool:
        raise NotImplementedError


def test_file_that_is_read_with_await_is_refused_with_remedy() -> None:
    refusal(
        AsynchronousFile(),
        match=r"AsynchronousFile is read with await; pass its Path, its bytes \(await file\.read\(\)\), or of an Upl",
    )


def test_open_file_at_its_end_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    with path.open("rb") as file:
        file.read()
        refusal(file, match=r"stands at its end, after 100 bytes; call seek\(0\)")
        file.seek(0)
        assert measure(file, parameter="images[3]").size == 100
