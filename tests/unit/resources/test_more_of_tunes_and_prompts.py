"""Finding, changing, copying, liking, filtering; and what is only probably wrong."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from astria_async import (
    AstriaWarning,
    ParameterError,
    Prompt,
    Response,
    Tune,
    UnknownOutcomeError,
    WorkspaceMismatchWarning,
)

pytestmark = pytest.mark.anyio


async def test_a_tune_is_found_by_its_whole_title(client: Any, answers: Any) -> None:
    service = answers([{"id": 9, "title": "order 12"}, {"id": 8, "title": "order 1"}])
    astria = client(service)
    assert (await astria.tunes.find("order 1")).id == 8
    assert await astria.tunes.find("order") is None
    assert service.requests[0].query == {"title": "order 1", "limit": "120"}
    with pytest.raises(ParameterError, match="title"):
        await astria.tunes.find(" ")


async def test_lists_are_narrowed_down(client: Any, answers: Any) -> None:
    service = answers([])
    astria = client(service)
    assert [tune async for tune in astria.tunes.list(name=["woman"], branch="fast", model_type="lora")] == []
    assert [prompt async for prompt in astria.prompts.list(liked=True, text="é", debug_images=True)] == []
    assert [prompt async for prompt in astria.prompts.list(3, debug_images=False)] == []
    assert [request.url.partition("astria.ai")[2] for request in service.requests] == [
        "/tunes?name%5B%5D=woman&model_type=lora&branch=fast&limit=120",
        "/prompts?liked=true&text=%C3%A9&expand%5B%5D=debug_images&limit=120",
        "/tunes/3/prompts?limit=120",
    ]


async def test_what_is_given_is_changed_and_nothing_else(client: Any, answers: Any) -> None:
    service = answers({"id": 3}, {"id": 5})
    astria = client(service)
    await astria.tunes.update(3, title="new", auto_extend=False)
    await astria.prompts.update(Prompt(id=5, tune_id=3), pack_id=7)
    await astria.prompts.update(5, tune=4, workspace_id=1)
    await astria.prompts.update(5, pack_id=7)
    assert service.sent == [
        "PATCH /tunes/3",
        "PATCH /tunes/3/prompts/5",
        "PATCH /tunes/4/prompts/5",
        "PATCH /prompts/5",
    ]
    assert service.requests[0].body.tree == {"tune": {"title": "new", "auto_extend": False}}
    for call in (lambda: astria.tunes.update(3), lambda: astria.prompts.update(5, tune=3)):
        with pytest.raises(ParameterError, match="nothing is given"):
            await call()


async def test_a_copy_takes_what_is_changed_and_no_seed(client: Any, answers: Any) -> None:
    service = answers({"id": 6})
    astria = client(service)
    await astria.prompts.duplicate(5)
    await astria.prompts.duplicate(Prompt(id=5), image_index=0, num_images=1)
    assert service.sent == ["POST /prompts/5/duplicate"] * 2
    assert service.requests[0].body is None
    assert service.requests[1].body.tree == {"prompt": {"num_images": 1}, "image_index": 0}
    with pytest.raises(ParameterError, match="image_index"):
        await astria.prompts.duplicate(5, image_index=-1)


async def test_lost_copy_without_a_look_up_is_not_resent(client: Any, answers: Any) -> None:
    service = answers(Response(status=504))
    with pytest.raises(UnknownOutcomeError, match="looking for it failed: 504") as caught:
        await client(service, account_idempotency=True).prompts.duplicate(5)
    assert service.sent.count("POST /prompts/5/duplicate") == 1
    assert caught.value.looked_for == {"orig_prompt_id": 5}


async def test_likes_are_given_and_taken_back(client: Any, answers: Any) -> None:
    service = answers(Response(status=201))
    astria = client(service)
    await astria.prompts.like(5)
    await astria.prompts.unlike(Prompt(id=5))
    assert service.sent == ["POST /prompts/5/likes", "DELETE /prompts/5/likes"]


# --- Warnings.


@pytest.mark.parametrize(
    ("callback", "hint"),
    [
        ("http://shop.com/astria", "not https"),
        ("https://localhost/astria", "cannot be reached"),
        ("https://10.0.0.1/astria", "cannot be reached"),
        ("https://intranet/astria", "cannot be reached"),
    ],
)
async def test_a_callback_that_will_probably_not_arrive_is_warned_of(
    callback: str, hint: str, client: Any, answers: Any
) -> None:
    with pytest.warns(AstriaWarning, match=f"callback: .*{hint}"):
        await client(answers({"id": 1})).prompts.create(3, text="x", callback=callback)


async def test_a_prompt_of_an_expired_tune_is_warned_of(client: Any, answers: Any) -> None:
    tune = Tune(id=3, expires_at=datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.warns(AstriaWarning, match="tune: it has expired"):
        await client(answers({"id": 1})).prompts.create(tune, text="x")


async def test_a_flux_prompt_without_its_mention_is_warned_of(client: Any, answers: Any) -> None:
    tune = Tune(id=3, name="man", branch="flux1", model_type="lora")
    with pytest.warns(AstriaWarning, match="text: it does not mention the tune"):
        await client(answers({"id": 1})).prompts.create(tune, text="a man")


async def test_right_and_unchecked_parameters_warn_of_nothing(client: Any, answers: Any) -> None:
    astria = client(answers({"id": 1}))
    tune = Tune(id=3, branch="flux1", model_type="lora", expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await astria.prompts.create(
            tune, text=f"{tune.mention()} in a garden", callback="https://shop.com/astria?user=1"
        )
        await astria.with_options(validate=False).prompts.create(tune, num_images=99, callback="http://shop.com")


@pytest.mark.parametrize(
    ("answer", "where"), [({"workspace_id": None}, "the personal one"), ({"workspace_id": 8}, "workspace 8")]
)
async def test_a_workspace_that_the_key_cannot_reach_is_reported(
    answer: Any, where: str, client: Any, answers: Any, caplog: Any
) -> None:
    caplog.set_level("INFO", logger="astria_async")
    with pytest.warns(WorkspaceMismatchWarning, match="is not in the client's workspace") as caught:
        await client(answers({"id": 3, **answer}), workspace_id=77).tunes.retrieve(3)
    assert f"is in {where}, not in workspace 77" in caplog.text
    assert not any(digit in str(caught[0].message) for digit in "78"), "else Python shows one for each workspace"


async def test_a_warning_is_shown_at_the_users_line(client: Any, answers: Any) -> None:
    astria = client(answers({"id": 3, "workspace_id": 8}), workspace_id=77)
    with pytest.warns(AstriaWarning) as of_an_answer:
        await astria.tunes.retrieve(3)
    with pytest.warns(AstriaWarning) as of_a_parameter:
        await astria.prompts.create(5, text="x", callback="http://shop.example.com/")
    assert {warning.filename for warning in [*of_an_answer, *of_a_parameter]} == {__file__}


@pytest.mark.parametrize("answer", [{}, {"workspace_id": 77}])
async def test_right_or_untold_workspaces_are_not_reported(answer: Any, client: Any, answers: Any) -> None:
    assert (await client(answers({"id": 3, **answer}), workspace_id="77").tunes.retrieve(3)).id == 3
    assert (await client(answers({"id": 3, "workspace_id": 5}), workspace_id="all").tunes.retrieve(3)).id == 3
