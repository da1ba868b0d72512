"""Packs: lists, one of them, and new ones. `pack_runs` runs them."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from ..._wire import Response
from .._assumptions import DEFAULT_CLASSES, DEFAULT_NUM_IMAGES, IMAGE_COST_MC, TUNE_COST_MC
from .._routing.context import RouteContext
from .._routing.paging import page_of
from .._server.coerce import as_flag, as_integer, as_text, is_blank
from .._server.http import Abort, answer, invalid, not_found
from .._store.records import StoredPack, StoredTemplate
from .._store.store import Store
from .._store.timestamps import iso


def index(store: Store, context: RouteContext) -> Response:
    """GET /packs: the key's own, and those that a test gave to everybody; `public` and `listed` ask for all that are [D]."""
    return _page(store, context, everybodys=False)


def index_of_gallery(store: Store, context: RouteContext) -> Response:
    """GET /gallery/packs: what is public and listed."""
    return _page(store, context, everybodys=True)


def _page(store: Store, context: RouteContext, *, everybodys: bool) -> Response:
    public, listed = (as_flag(context.query.get(name)) or everybodys for name in ("public", "listed"))

    def wanted(pack: StoredPack) -> bool:
        if public or listed:
            return is_public(pack) and (not listed or pack.unlisted_at is None)
        return pack.key == context.account.key or (not pack.key and not pack.built_in)

    packs = page_of([*store.packs], store.packs, context.query, wanted=wanted)
    return answer(200, [serialize_pack(pack, store) for pack in packs])


def show(store: Store, context: RouteContext) -> Response:
    """GET /p/:id, or :slug [V]."""
    return answer(200, serialize_pack(pack_of(store, context), store))


def create(store: Store, context: RouteContext) -> Response:
    """POST /packs: an empty pack [V]."""
    params = context.root("pack")
    title, base_id = as_text(params.get("title")), as_integer(params.get("base_tune_id"))
    problems: dict[str, list[str]] = {}
    if is_blank(title):
        problems["title"] = ["can't be blank"]
    if base_id is None or store.tune(base_id, context.account.key) is None:
        problems["base_tune"] = ["must exist"]
    if problems:
        raise Abort(invalid(problems))
    pack = StoredPack(
        id=next(store.other_ids),
        key=context.account.key,
        title=title or "",
        slug=free_slug(store, title or ""),
        subtitle=as_text(params.get("subtitle")),
        base_tune_id=base_id or 0,
        model_type=as_text(params.get("model_type")),
        classes=DEFAULT_CLASSES,
        created=context.now,
    )
    store.packs[pack.id] = pack
    return answer(201, serialize_pack(pack, store))


def free_slug(store: Store, title: str) -> str:
    """A slug for a title that no pack has yet."""
    return free_slug_among({pack.slug for pack in store.packs.values()}, title)


def free_slug_among(taken: Container[str | None], title: str) -> str:
    """A slug for a title that is not taken."""
    slug = wanted = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "pack"
    number = 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def add_template(store: Store, pack: StoredPack, text: str, num_images: int = DEFAULT_NUM_IMAGES) -> StoredTemplate:
    """A new prompt of a pack."""
    template = StoredTemplate(id=next(store.prompt_ids), text=text, num_images=num_images)
    store.templates[template.id] = template
    pack.templates.append(template)
    return template


def is_public(pack: StoredPack) -> bool:
    return pack.public_at is not None


def pack_of(store: Store, context: RouteContext) -> StoredPack:
    """The pack behind `:id`, by its id or its slug: the key's own, a public one, or nobody's."""
    name = context.names["id"]
    id_ = int(name) if name.isascii() and name.isdigit() and len(name) <= 18 else 0
    found = store.packs.get(id_) or next((pack for pack in store.packs.values() if pack.slug == name), None)
    if found is None or not (is_public(found) or found.key in ("", context.account.key)):
        raise Abort(not_found())
    return found


def serialize_pack(pack: StoredPack, store: Store) -> dict[str, Any]:
    """A pack, in the documented keys [D]."""
    num_images = sum(template.num_images for template in pack.templates)
    cost = TUNE_COST_MC + num_images * IMAGE_COST_MC
    looks = [store.image_url(f"k{one.id}-0") for one in pack.templates]
    prompts = [{"id": one.id, "images": [look]} for one, look in zip(pack.templates, looks, strict=True)]
    return {
        "id": pack.id,
        "base_tune_id": pack.base_tune_id,
        "user_id": store.account(pack.key).id if pack.key else 1,
        "slug": pack.slug,
        "title": pack.title,
        "subtitle": pack.subtitle,
        "token": "ohwx",
        "model_type": pack.model_type,
        "multiplier": 1,
        "public_at": iso(pack.public_at),
        "unlisted_at": iso(pack.unlisted_at),
        "main_class_name": pack.classes[0],
        "cover_url": looks[0] if looks else None,
        "logo": None,
        "cost_mc_hash": dict.fromkeys(pack.classes, cost),
        "costs": {name: {"cost_mc": cost, "num_images": num_images} for name in pack.classes},
        "prompts_per_class": dict.fromkeys(pack.classes, prompts),
        "template_prompts": [
            {"id": one.id, "text": one.text, "cost_mc": one.num_images * IMAGE_COST_MC} for one in pack.templates
        ],
        "created_at": iso(pack.created),
        "updated_at": iso(pack.created),
    }
