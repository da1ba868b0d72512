"""A shop of portraits: a form takes photos, and a page shows the images as they arrive. See README.md beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import anyio
from fastapi import FastAPI, Form, HTTPException, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from astria_async import AstriaError, AsyncAstria, Prepared, Prompt, Tune, bases
from astria_async.callbacks import CallbackApp, CallbackSigner, SqliteInbox

(DATA := Path(os.environ.get("PORTRAITS_DATA", "portraits-data"))).mkdir(exist_ok=True)
EVERY = float(os.environ.get("PORTRAITS_RECONCILE_SECONDS", "60"))
astria = AsyncAstria()  # the key is in ASTRIA_API_KEY
signer = CallbackSigner(os.environ["PORTRAITS_SECRET"], os.environ.get("PORTRAITS_URL", "http://127.0.0.1:8000"))
callbacks = CallbackApp(astria, signer, SqliteInbox(DATA / "callbacks.db"))
orders = sqlite3.connect(DATA / "orders.db", check_same_thread=False, isolation_level=None, timeout=30)
orders.executescript("""
    PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY, tune TEXT, prompt TEXT, is_sent INTEGER DEFAULT 0, created REAL DEFAULT (unixepoch()));
""")


@callbacks.on_tune(key="order")
async def order_images(tune: Tune, context: Mapping[str, str]) -> None:
    """The tune is trained: order its images, once, whatever happens to this process."""
    order = context["order"]
    (kept,) = orders.execute("SELECT prompt FROM orders WHERE id = ?", (order,)).fetchone()
    is_first = kept is None
    if kept is None:
        text, url = f"{tune.mention()} in a garden, portrait", signer.url("/astria/done", order=order)
        kept = (await astria.prompts.prepare(tune, text=text, num_images=4, callback=url)).to_json()
        orders.execute("UPDATE orders SET prompt = ? WHERE id = ?", (kept, order))
    await astria.send(Prepared.from_json(kept), fresh=is_first)  # a second run looks for it first


@callbacks.on_prompt(key="order")
async def keep_images(prompt: Prompt, context: Mapping[str, str]) -> None:
    """The images are there: keep them, since Astria deletes them after 30 days."""
    await astria.prompts.download(prompt, DATA / context["order"] / "images")


async def send_order(order: str, kept: str, *, fresh: bool) -> None:
    await astria.send(Prepared.from_json(kept), fresh=fresh)
    orders.execute("UPDATE orders SET is_sent = 1 WHERE id = ?", (order,))


async def find_what_was_lost() -> None:
    """Orders whose process died before they were sent, and callbacks that never came."""
    while True:
        try:
            lost = "SELECT id, tune FROM orders WHERE NOT is_sent AND created < unixepoch() - 60"
            for order, kept in orders.execute(lost).fetchall():
                await send_order(order, kept, fresh=False)
            await callbacks.reconcile(since=timedelta(days=1))
        except AstriaError as error:
            print("the next look may succeed:", error)
        await anyio.sleep(EVERY)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with astria, callbacks.running(), anyio.create_task_group() as tasks:
        tasks.start_soon(find_what_was_lost)
        yield
        tasks.cancel_scope.cancel()


app = FastAPI(lifespan=lifespan)
app.mount("/astria", callbacks)


@app.get("/", response_class=HTMLResponse)
def form() -> str:
    fields = (
        '<input name="name" value="woman"> <input type="file" name="photos" multiple required> <button>Order</button>'
    )
    return f'<h1>Portraits</h1><form method="post" action="/orders" enctype="multipart/form-data">{fields}</form>'


@app.post("/orders")
async def create_order(photos: list[UploadFile], name: str = Form()) -> RedirectResponse:
    order = str(uuid4())
    folder = DATA / order / "photos"
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.jpg" for number in range(len(photos))]
    for path, photo in zip(paths, photos, strict=True):
        path.write_bytes(await photo.read())
    flux = {"base_tune_id": bases.FLUX1_DEV, "model_type": "lora", "preset": "flux-lora-portrait"}
    url = signer.url("/astria/done", order=order)
    kept = (await astria.tunes.prepare(name=name, title=order, images=paths, callback=url, **flux)).to_json()
    orders.execute("INSERT INTO orders (id, tune) VALUES (?, ?)", (order, kept))
    await send_order(order, kept, fresh=True)
    return RedirectResponse(f"/orders/{order}", status_code=303)


def folder_of(order: str) -> Path:
    if not orders.execute("SELECT 1 FROM orders WHERE id = ?", (order,)).fetchone():
        raise HTTPException(404)
    return DATA / order / "images"


@app.get("/orders/{order}", response_class=HTMLResponse)
def show_order(order: str) -> str:
    names = sorted(path.name for path in folder_of(order).glob("[!.]*"))
    images = "".join(f'<img src="/orders/{order}/{name}" width="240" alt="portrait">' for name in names)
    return f'<meta http-equiv="refresh" content="1"><h1>Your portraits</h1>{images or "They are being made."}'


@app.get("/orders/{order}/{name}")
def show_image(order: str, name: str) -> FileResponse:
    return FileResponse(folder_of(order) / Path(name).name)
