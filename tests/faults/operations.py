"""What a caller does: the columns of the matrix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import field, frozen

from astria_async import AsyncAstria, Prepared

from .service import BASE, PACK, PROMPT, TUNE, Service, matcher

#: Large enough that half of it is a part of the body on its own.
PICTURE = b"\xff\xd8\xff\xe0" + bytes(20_000)


@frozen
class Operation:
    """A call, the requests that it stands for, and how many objects of it are on the server.

    `is_mute`: its answer says nothing of what it is about, so that another request's cannot be told from it. `makes`
    tells a create, whose objects cost money; `looked_for` is what an `UnknownOutcomeError` names. `call` returns
    the object's id, or None where the answer tells none. `goal` is how many objects there are once it is done.
    """

    name: str
    method: str
    path: str
    call: Callable[[AsyncAstria], Awaitable[int | None]]
    count: Callable[[Service], int] | None
    ids: Callable[[Service], list[int]] | None = None
    makes: bool = True
    looked_for: tuple[str, ...] = ()
    goal: int = 1
    is_mute: bool = False
    is_operation: Callable[[str, str], bool] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "is_operation", matcher(self.method, self.path))


def _new(shelf: Callable[[Service], list[dict[str, Any]]], old: int) -> Callable[[Service], list[int]]:
    return lambda service: [item["id"] for item in shelf(service) if item["id"] != old]


_new_tunes = _new(lambda service: service.tunes, TUNE)
_new_prompts = _new(lambda service: service.prompts, PROMPT)


def _others(kind: str) -> Callable[[Service], int]:
    return lambda service: len(service.others[kind])


def _titled(title: str) -> Callable[[Service], int]:
    return lambda service: sum(tune["title"] == title for tune in service.tunes)


async def _create_tune(astria: AsyncAstria) -> int:
    return (await astria.tunes.create(name="woman", images=[PICTURE])).id


async def _create_prompt(astria: AsyncAstria) -> int:
    return (await astria.prompts.create(TUNE, text="ohwx woman in a garden")).id


async def _create_on_base(astria: AsyncAstria) -> int:
    return (await astria.prompts.create(TUNE, on=BASE, text=f"<lora:{TUNE}:1> ohwx woman in a garden")).id


async def _send_prepared(astria: AsyncAstria) -> int:
    return (await astria.send(await astria.prompts.prepare(TUNE, text="ohwx woman in a garden"))).id


async def _send_again(astria: AsyncAstria) -> int:
    prepared = await astria.tunes.prepare(name="woman", images=["https://example.com/1.jpg"])
    return (await astria.send(Prepared.from_json(prepared.to_json()), fresh=False)).id


async def _duplicate(astria: AsyncAstria) -> int:
    return (await astria.prompts.duplicate(PROMPT)).id


async def _run_pack(astria: AsyncAstria) -> int | None:
    tune = (await astria.packs.run(PACK, name="woman", images=[PICTURE])).tune
    return None if tune is None else tune.id


async def _run_pack_again(astria: AsyncAstria) -> None:
    await astria.packs.run(PACK, tune_ids=[TUNE])


async def _create_pack(astria: AsyncAstria) -> int:
    return (await astria.packs.create(title="Garden", base_tune_id=TUNE)).id


async def _create_theme(astria: AsyncAstria) -> None:
    await astria.themes.create(theme="spring", tunes=[TUNE])


async def _like(astria: AsyncAstria) -> None:
    await astria.prompts.like(PROMPT)


async def _update(astria: AsyncAstria) -> int:
    return (await astria.tunes.update(TUNE, title="new")).id


async def _retrieve(astria: AsyncAstria) -> int:
    return (await astria.tunes.retrieve(TUNE)).id


async def _list(astria: AsyncAstria) -> int:
    (tune,) = [tune async for tune in astria.tunes.list()]
    return tune.id


async def _delete(astria: AsyncAstria) -> None:
    await astria.tunes.delete(TUNE)


async def _upload(astria: AsyncAstria) -> None:
    await astria.images.upload(("a.jpg", PICTURE))


def _whole_blobs(service: Service) -> int:
    return sum(blob == PICTURE for blob in service.blobs.values())


OPERATIONS = (
    Operation("create tune", "POST", "/tunes", _create_tune, lambda service: len(_new_tunes(service)), _new_tunes,
              looked_for=("title",)),
    Operation("create prompt", "POST", "/tunes/1/prompts", _create_prompt, lambda service: len(_new_prompts(service)),
              _new_prompts, looked_for=("tune_id", "seed")),
    Operation("create prompt, on a base", "POST", f"/tunes/{BASE}/prompts", _create_on_base,
              lambda service: len(_new_prompts(service)), _new_prompts, looked_for=("tune_id", "seed")),
    Operation("send a prepared prompt", "POST", "/tunes/1/prompts", _send_prepared,
              lambda service: len(_new_prompts(service)), _new_prompts, looked_for=("tune_id", "seed")),
    Operation("send a tune that may have been sent", "POST", "/tunes", _send_again,
              lambda service: len(_new_tunes(service)), _new_tunes, looked_for=("title",)),
    Operation("duplicate", "POST", "/prompts/7/duplicate", _duplicate, lambda service: len(_new_prompts(service)),
              _new_prompts, looked_for=("orig_prompt_id",)),
    Operation("pack run, new tune", "POST", "/p/5/tunes", _run_pack, lambda service: len(_new_tunes(service)),
              _new_tunes, looked_for=("title",)),
    Operation("pack run, existing tunes", "POST", "/p/5/tunes", _run_pack_again, _others("runs"),
              looked_for=("base_pack_id",)),
    Operation("pack create", "POST", "/packs", _create_pack, _others("packs"), lambda service: service.others["packs"]),
    Operation("theme", "POST", "/themes", _create_theme, _others("themes"), is_mute=True),
    Operation("like", "POST", "/prompts/7/likes", _like, _others("likes"), makes=False,
              is_mute=True),
    Operation("update", "PATCH", "/tunes/1", _update, _titled("new"), makes=False),
    Operation("retrieve", "GET", "/tunes/1", _retrieve, None, makes=False),
    Operation("list", "GET", "/tunes", _list, None, makes=False),
    Operation("delete", "DELETE", "/tunes/1", _delete, _titled("old"), makes=False, goal=0,
              is_mute=True),
    Operation("upload, its place", "POST", "/api/direct_uploads", _upload, _whole_blobs, makes=False),
    Operation("upload, its bytes", "PUT", "/blobs/[0-9]+", _upload, _whole_blobs, makes=False, is_mute=True),
)  # fmt: skip
