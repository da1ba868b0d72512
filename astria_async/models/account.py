"""Who the key belongs to, and where its work is kept."""

from __future__ import annotations

from decimal import Decimal

from attrs import field, frozen

from ._base import Model, short, usd


@frozen(kw_only=True)
class Payer(Model):
    """Whose balance counts: it follows the workspace. [V]"""

    id: int | None = None
    name: str | None = None
    is_self: bool | None = field(default=None, metadata={"key": "self"})
    usd_balance_mc: int | None = None

    @property
    def balance(self) -> Decimal | None:
        """The balance in USD; None where the service did not say."""
        return usd(self.usd_balance_mc)


@frozen(kw_only=True)
class User(Model):
    """The account that the key belongs to. `auto_extend_tunes` keeps its tunes beyond 30 days, which is charged. [V]"""

    id: int
    name: str | None = None
    email: str | None = field(default=None, repr=False)
    usd_balance_mc: int | None = None
    auto_extend_tunes: bool | None = None
    top_off_amount: float | None = None
    payer: Payer | None = None

    @property
    def balance(self) -> Decimal | None:
        """What there is to spend, in USD: the payer's where there is one; None where the service did not say."""
        own = usd(self.usd_balance_mc)
        return own if self.payer is None or self.payer.balance is None else self.payer.balance


@frozen(kw_only=True, repr=False)
class Workspace(Model):
    """A workspace. `brief` describes a brand, for its prompts. [V]"""

    id: int
    title: str | None = None
    slug: str | None = None
    favicon_url: str | None = None
    landing_page_html: str | None = None
    brief: str | None = None

    def __repr__(self) -> str:
        return f"<Workspace {self.id} {short(self.title)}>"
