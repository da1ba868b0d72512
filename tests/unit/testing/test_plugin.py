"""The pytest plugin in projects of its own, under each of the plugins that run async tests."""

from __future__ import annotations

import ast
import inspect

import pytest

from astria_async import AsyncAstria
from astria_async.testing import FakeAstria, VirtualClock, plugin

#: What works everywhere: a training of 7 minutes, and a backoff, in no time.
TEST = """
async def test_{name}(astria, fake_astria, virtual_clock):
    tune = await astria.tunes.create(name="woman", images=["https://example.com/1.jpg"])
    tune = await astria.tunes.wait(tune)
    assert tune.trained_at is not None
    assert virtual_clock.monotonic() >= 420
    assert [stored.id for stored in fake_astria.tunes] == [tune.id]
"""
STRICT = "filterwarnings = error\nasyncio_default_fixture_loop_scope = function\naddopts = --strict-markers -p no:cacheprovider"


def run(pytester: pytest.Pytester, source: str, ini: str = "", **outcomes: int) -> pytest.RunResult:
    """Run a file of tests in a project of its own; nothing may warn."""
    pytester.makeini(f"[pytest]\n{STRICT}\n{ini}")
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(**outcomes)
    return result


def marked(mark: str = "", *names: str) -> str:
    """The test under several names, each below a mark."""
    return "import anyio, pytest\n" + "".join(mark + TEST.format(name=name) for name in names or ("one", "two"))


def test_it_works_with_pytest_asyncio_in_strict_mode(pytester: pytest.Pytester) -> None:
    run(pytester, marked("\n@pytest.mark.asyncio"), "asyncio_mode = strict", passed=2)


def test_it_works_with_pytest_asyncio_in_auto_mode(pytester: pytest.Pytester) -> None:
    run(pytester, marked(), "asyncio_mode = auto", passed=2)


CALLBACKS = """
import pytest

{mark}
async def test_one(astria, astria_signer, astria_callbacks, fake_astria, virtual_clock):
    handled = []

    @astria_callbacks.on_tune
    async def note(tune, context):
        handled.append((tune.id, context["order"]))

    fake_astria.callbacks.arrange = lambda calls: [*calls, *calls]
    url = astria_signer.url("/astria", order=17)
    tune = await astria.tunes.create(name="woman", image_urls=["https://example.com/1.jpg"], callback=url)
    await astria.tunes.wait(tune)
    await fake_astria.deliver_callbacks()
    await astria_callbacks.handle_due()
    assert handled == [(tune.id, "17")]
    assert [record.status for record in fake_astria.callbacks.log] == [204, 204]
"""


@pytest.mark.parametrize(("mark", "passed"), [("@pytest.mark.asyncio", 1), ("@pytest.mark.anyio", 2)])
def test_callbacks_are_driven_without_a_socket(pytester: pytest.Pytester, mark: str, passed: int) -> None:
    run(pytester, CALLBACKS.format(mark=mark), "asyncio_mode = strict", passed=passed)


@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_it_works_on_loops_of_any_scope(pytester: pytest.Pytester, scope: str) -> None:
    ini = f"asyncio_mode = auto\nasyncio_default_test_loop_scope = {scope}"
    run(pytester, marked(), ini, passed=2)


def test_it_works_on_asyncio_and_trio_with_anyios_plugin(pytester: pytest.Pytester) -> None:
    source = marked("\n@pytest.mark.anyio")
    run(pytester, source, passed=4)


def test_it_works_in_a_test_that_runs_its_own_loop(pytester: pytest.Pytester) -> None:
    source = """
    import asyncio

    def test_one(astria, virtual_clock):
        async def main():
            tune = await astria.tunes.create(name="woman", images=["https://example.com/1.jpg"])
            await astria.tunes.wait(tune)
        asyncio.run(main())
        assert virtual_clock.monotonic() >= 420
    """
    run(pytester, source, passed=1)


def test_marker_sets_up_the_fake_and_the_nearest_one_counts(pytester: pytest.Pytester) -> None:
    source = """
    import pytest
    from astria_async import InsufficientBalanceError

    pytestmark = [pytest.mark.asyncio, pytest.mark.astria(balance_mc=0)]
    PICTURES = ["https://example.com/1.jpg"]

    async def test_the_module(astria):
        with pytest.raises(InsufficientBalanceError):
            await astria.tunes.create(name="woman", images=PICTURES)

    @pytest.mark.astria(balance_mc=150_000, account_idempotency=True)
    async def test_the_test(astria, fake_astria):
        ids = {(await astria.tunes.create(name="woman", images=PICTURES, title="order 1")).id for _ in range(2)}
        assert (len(ids), fake_astria.account_idempotency) == (1, True)
    """
    run(pytester, source, passed=2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("ballance_mc=0", "*test_one: mark.astria: *ballance_mc*"),
        ("0", "*test_one: mark.astria takes settings by name*"),
    ],
)
def test_a_setting_that_is_none_is_told(pytester: pytest.Pytester, settings: str, message: str) -> None:
    source = f"import pytest\n@pytest.mark.astria({settings})\ndef test_one(fake_astria): ..."
    run(pytester, source, errors=1).stdout.fnmatch_lines([message])


def test_settings_of_the_machine_do_not_reach_the_client(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTRIA_WORKSPACE_ID", "77")
    monkeypatch.setenv("ASTRIA_BASE_URL", "https://elsewhere.example.com")
    monkeypatch.setenv("ASTRIA_API_KEY", "sd_real")
    source = """
    import pytest

    @pytest.mark.asyncio
    async def test_one(astria, fake_astria):
        await astria.prompts.create(690204, text="a lake")
        assert [prompt.key for prompt in fake_astria.prompts] == ["sd_test"]
    """
    run(pytester, source, passed=1)


def test_each_test_has_fake_and_same_random_numbers(pytester: pytest.Pytester) -> None:
    source = """
    import pytest

    SEEDS = set()

    @pytest.mark.asyncio
    @pytest.mark.parametrize("number", [1, 2])
    async def test_one(astria, fake_astria, number):
        SEEDS.add((await astria.prompts.create(690204, text="a lake")).seed)
        assert len(fake_astria.prompts) == len(SEEDS) == 1
    """
    run(pytester, source, passed=2)


def test_it_can_be_turned_off(pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\n{STRICT}")
    pytester.makepyfile("def test_one(fake_astria): ...")
    result = pytester.runpytest_inprocess("-p", "no:astria_async")
    result.stdout.fnmatch_lines(["*fixture 'fake_astria' not found*"])


def test_its_marker_is_documented(pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\n{STRICT}")
    result = pytester.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.astria(**settings): *"])


def test_by_itself_it_imports_pytest_alone() -> None:
    top = ast.parse(inspect.getsource(plugin)).body
    imported = {node.module for node in top if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    assert imported - {"__future__", "typing"} == {"pytest"}


# --- In this process too, so that what the fixtures do is measured


@pytest.fixture
def used(request: pytest.FixtureRequest) -> tuple[FakeAstria, VirtualClock]:
    return request.getfixturevalue("fake_astria"), request.getfixturevalue("virtual_clock")


@pytest.mark.astria(balance_mc=5)
@pytest.mark.anyio
async def test_the_fixtures_belong_together(used: tuple[FakeAstria, VirtualClock], astria: AsyncAstria) -> None:
    fake, clock = used
    assert ((await astria.account.me()).usd_balance_mc, fake.account(plugin.KEY).balance_mc) == (5, 5)
    await clock.sleep(3600)
    assert clock.monotonic() == 3600
