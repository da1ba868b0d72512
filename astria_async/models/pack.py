"""A pack: a set of prompts made for any tune of its class; its price, and the result of its run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from ._base import Model, short, usd
from .tune import Tune


@frozen(kw_only=True)
class PackCost(Model):
    """The price of a pack for one class [D]. `cost_mc` is money in mc; see `cost`.

    `raw_cost` is what the service calls "cost". Its unit is not documented: do not count with it.
    """

    raw_cost: float | None = field(default=None, metadata={"key": "cost"})
    cost_mc: int | None = None
    num_images: int | None = None

    @property
    def cost(self) -> Decimal | None:
        """The price in USD; None if the service did not say."""
        return usd(self.cost_mc)


@frozen(kw_only=True)
class TemplatePrompt(Model):
    """A prompt of a pack, to be made again for your tune. [D]"""

    id: int
    text: str | None = None
    cost_mc: int | None = None
    images: tuple[str, ...] = ()


@frozen(kw_only=True, repr=False)
class Pack(Model):
    """A pack as the service describes it [D]. A field is None, or empty, if the service left it out.

    `cost_mc_hash` maps a class, such as "woman", to mc; `costs` to a `PackCost`; `prompts_per_class` to the pack's
    prompts with their images. `public_at` and `unlisted_at` are aware times.
    """

    id: int
    base_tune_id: int | None = None
    user_id: int | None = None
    slug: str | None = None
    title: str | None = None
    subtitle: str | None = None
    token: str | None = None
    model_type: str | None = None
    multiplier: float | None = None
    public_at: datetime | None = None
    unlisted_at: datetime | None = None
    main_class_name: str | None = None
    cover_url: str | None = None
    logo: str | None = None
    cost_mc_hash: Mapping[str, int] = field(factory=dict, hash=False)
    costs: Mapping[str, PackCost] = field(factory=dict, hash=False)
    prompts_per_class: Mapping[str, tuple[TemplatePrompt, ...]] = field(factory=dict, hash=False)
    template_prompts: tuple[TemplatePrompt, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def cost_for(self, name: str) -> Decimal | None:
        """The price for a class, such as "woman", in USD; None if the service did not say.

        It is read off `cost_mc_hash`, or else off `costs`: which of them an answer has is not documented.
        """
        price = self.costs.get(name, PackCost())
        return usd(self.cost_mc_hash.get(name, price.cost_mc))

    def __repr__(self) -> str:
        return f"<Pack {self.id} {short(self.title or self.slug)}>"


@frozen(kw_only=True)
class Order(Model):
    """The order that a pack's run over several tunes made. [V]"""

    id: int
    tune_ids: tuple[int, ...] = ()
    total_cost_mc: int | None = None

    @property
    def cost(self) -> Decimal | None:
        """The price in USD; None if the service did not say."""
        return usd(self.total_cost_mc)


@frozen(kw_only=True)
class PackRun(Model):
    """The result of a pack's run: one type for the service's three answers.

    `tune` is set when a tune was made for it [D]: its prompts follow when it is trained. With tunes that exist already,
    `order` and `prompt_ids` are set if the service told them [V]; if not, there is only its `message` [V].
    """

    tune: Tune | None = None
    order: Order | None = None
    prompt_ids: tuple[int, ...] = ()
    message: str | None = None
