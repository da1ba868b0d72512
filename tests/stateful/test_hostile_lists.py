"""Lost creates among bad lists, jumping clocks and look-alikes: one object an intent, and never one for two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from astria_async import AstriaError, AsyncAstria, Limits, Prepared, UnknownOutcomeError, idempotency_title
from astria_async.testing import MockTransport

from .hostile import BASE, ORIGINAL, BrokenClock, Fate, Manners, Service, caller
from .hosts import HOSTS
from .parts import PARTS, play

STEPS = 60
#: Longer than any call may take.
LONG = 1200.0
IMAGE = "https://example.com/1.jpg"
#: A lag that two looks, from 60 s after an attempt on, see through: the object is made within 30 s.
LAGS = st.sampled_from([0.0, 0.0, 3.0, 20.0, 35.0])

FATES = st.builds(
    Fate,
    acts=st.sampled_from([0.0, 0.0, None, 2.5, 29.0]),
    takes=st.sampled_from([0.0, 0.0, 1.0, 29.0]),
    answer=st.sampled_from(["its own", "another's", "504", "lost", "303", "half"]),
)
Begin = Callable[[AsyncAstria], Awaitable[Any]]


class Order:
    """A call, or several with one intent, and what came of each. `has_twins`: nothing but the call tells it from another
    order of the same `like`, so that the two may have each other's object, as long as there is one for each.
    """

    def __init__(self, mark: str, like: dict[str, Any], *, has_twins: bool) -> None:
        self.mark, self.like, self.has_twins = mark, like, has_twins
        self.results: list[Any] = []
        self.running = 0

    async def run(self, begin: Begin, astria: AsyncAstria) -> None:
        caller.set(self.mark)
        self.running += 1
        try:
            self.results.append(await begin(astria))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the machine judges it
            self.results.append(error)
        finally:
            self.running -= 1


class HostileLists(RuleBasedStateMachine):
    """The event loop stands still between two rules."""

    backend = "asyncio"

    @initialize(
        lag=LAGS, cut=st.sampled_from([120, 120, 7, 1]), shuffles=st.booleans(), strips=st.booleans(),
        nulls=st.sampled_from(["nowhere", "nowhere", "in lists", "everywhere"]), seed=st.integers(0, 99),
    )  # fmt: skip
    def begin(self, lag: float, cut: int, shuffles: bool, strips: bool, nulls: str, seed: int) -> None:
        self.host = HOSTS[self.backend]()
        self.clock = BrokenClock()
        self.service = Service(
            self.clock,
            Manners(
                lag=lag, cut=cut, shuffles=shuffles, strips=strips, nulls_in_lists=nulls != "nowhere",
                nulls_in_answers=nulls == "everywhere",
            ),
        )  # fmt: skip
        self.service.put("prompt", "nobody", {"id": ORIGINAL, "tune_id": BASE, "seed": 5, "text": "as before"})
        self.orders: list[Order] = []
        self.astria = AsyncAstria(
            "sd_test", transport=MockTransport(self.service), clock=self.clock, random=Random(seed),
            limits=Limits(max_in_flight=64, adaptive=False),
        )  # fmt: skip

    def start(self, begin: Begin, like: dict[str, Any], *, has_twins: bool = False) -> None:
        order = Order(f"order {len(self.orders)}", like, has_twins=has_twins)
        self.orders.append(order)
        self.host.spawn(lambda: order.run(begin, self.astria))

    # --- What may happen

    @rule(fates=st.lists(FATES, max_size=3), times=st.integers(1, 3))
    def create_tunes(self, fates: list[Fate], times: int) -> None:
        self.service.fates += fates
        for _ in range(times):
            self.start(lambda astria: astria.tunes.create(name="woman", image_urls=[IMAGE]), {"name": "woman"})

    @rule(fates=st.lists(FATES, max_size=3), customer=st.integers(1, 2), name=st.sampled_from(["woman", "man"]))
    def create_a_tune_with_a_customers_title(self, fates: list[Fate], customer: int, name: str) -> None:
        self.service.fates += fates
        title = f" Jane {idempotency_title('customer', customer)} "
        like = {"name": name, "title": title}
        self.start(lambda astria: astria.tunes.create(name=name, title=title, image_urls=[IMAGE]), like, has_twins=True)

    @rule(fates=st.lists(FATES, max_size=3), times=st.integers(1, 3), text=st.sampled_from(["a lake", "a hill"]))
    def create_prompts(self, fates: list[Fate], times: int, text: str) -> None:
        self.service.fates += fates
        for _ in range(times):
            self.start(lambda astria: astria.prompts.create(BASE, text=text), {"text": text, "tune_id": BASE})

    @rule(fates=st.lists(FATES, max_size=3), text=st.sampled_from(["a lake", "a hill"]), image=st.booleans())
    def create_a_prompt_with_a_seed(self, fates: list[Fate], text: str, image: bool) -> None:
        self.service.fates += fates
        more: dict[str, Any] = {"input_image": f"{IMAGE}?{len(self.orders)}"} if image else {}
        like = {"text": text, "seed": 42, "tune_id": BASE}
        self.start(lambda astria: astria.prompts.create(BASE, text=text, seed=42, **more), like, has_twins=not image)

    @rule(fates=st.lists(FATES, max_size=2))
    def create_a_prompt_without_a_seed(self, fates: list[Fate]) -> None:
        self.service.fates += fates
        like = {"text": "a lake", "tune_id": BASE}
        self.start(lambda astria: astria.prompts.create(BASE, text="a lake", auto_seed=False), like)

    @rule(fates=st.lists(FATES, max_size=2))
    def duplicate(self, fates: list[Fate]) -> None:
        self.service.fates += fates
        like = {"orig_prompt_id": ORIGINAL, "tune_id": 9}
        self.start(lambda astria: astria.prompts.duplicate(ORIGINAL), like, has_twins=True)

    @rule(fates=st.lists(FATES, max_size=3))
    def send_what_was_prepared_and_send_it_again(self, fates: list[Fate]) -> None:
        """The second time, by a process that does not know what became of the first."""
        self.service.fates += fates

        async def twice(astria: AsyncAstria) -> Any:
            prepared = await astria.prompts.prepare(BASE, text="a lake")
            try:
                await astria.send(prepared)
            except AstriaError:
                pass
            other = AsyncAstria(
                "sd_test", transport=MockTransport(self.service), clock=self.clock, random=Random(1),
            )  # fmt: skip
            return await other.send(Prepared.from_json(prepared.to_json()), fresh=False)

        self.start(twice, {"text": "a lake", "tune_id": BASE})

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 99), seed=st.sampled_from([None, 1, 42]))
    def another_client_orders_what_looks_alike(self, number: int, seed: int | None) -> None:
        like = dict(self.orders[number % len(self.orders)].like)
        if "seed" in like and seed is None:
            like["seed"] = None
        elif "seed" in like:
            like["text"] = "another text"  # the same in everything could not be told apart by anybody
        if "title" in like:
            like["name"] = "dog"
        if "orig_prompt_id" in like:  # neither could two copies of one prompt
            like["orig_prompt_id"] = None if seed is None else ORIGINAL + 1
        root = "prompt" if "tune_id" in like else "tune"
        self.service.put(root, "another client", {"title": "Jane", **like, "seed": like.get("seed", seed)})

    @rule(seconds=st.sampled_from([-3600.0, -90.0, 90.0, 3600.0]))
    def set_the_clock(self, seconds: float) -> None:
        """A wall clock that is set back while the monotonic one stands still would leave no clock to go by."""
        if seconds > 0 or not self.clock.slept:
            self.clock.jumped += seconds

    @precondition(lambda self: self.clock.jumped >= 0)
    @rule(seconds=st.sampled_from([30.0, 600.0]))
    def sleep_the_machine(self, seconds: float) -> None:
        self.clock.slept += seconds

    @rule(seconds=st.sampled_from([0.0, 1.0, 10.0, 30.0, 60.0, 120.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.host.run(lambda: self.clock.advance(seconds))

    # --- What must hold

    def teardown(self) -> None:
        if not hasattr(self, "host"):
            return
        try:
            for _ in range(4):
                self.host.run(lambda: self.clock.advance(LONG))
            self.service.catch_up()
            self._judge()
        finally:
            self.host.close()

    def _judge(self) -> None:
        objects: dict[str, list[int]] = {}
        for number, mark in self.service.made_by.items():
            objects.setdefault(mark, []).append(number)
        taken: dict[int, str] = {}
        for order in self.orders:
            twins = [one for one in self.orders if one is order or (order.has_twins and one.like == order.like)]
            made = [number for one in twins for number in objects.get(one.mark, [])]
            assert not order.running, f"{order.mark} still runs"
            assert len(made) <= len(twins), f"{order.mark}: {len(twins)} such orders were paid {len(made)} times"
            for result in order.results:
                if isinstance(result, Exception):
                    self._judge_error(order, result, [] if len(twins) > 1 else made)
                else:
                    assert taken.setdefault(result.id, order.mark) == order.mark, f"{result.id} was given to two orders"
                    assert result.id in made, f"{order.mark} was given {self.service.made_by.get(result.id)}'s object"

    @staticmethod
    def _judge_error(order: Order, error: Exception, made: list[int]) -> None:
        assert isinstance(error, AstriaError), f"{order.mark} ended in {error!r}"
        if error.outcome in ("rejected", "not_sent"):
            assert not made, f"{order.mark} was told {error.outcome}, but made {made}: {error}"
        else:
            assert isinstance(error, UnknownOutcomeError), f"{order.mark}: {error!r} ({error.outcome})"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("backend", HOSTS)
def test_no_intent_has_two_objects_and_no_object_two_intents(backend: str, part: int) -> None:
    play(HostileLists, backend, part, steps=STEPS)
