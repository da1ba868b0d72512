"""`astria-async batch`: a file of prompts; what is wrong with it is said before anything is sent."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

import astria_async
from astria_async import AsyncAstria, Tune
from astria_async.testing import FakeAstria, MockTransport, ScaledClock

Run = Callable[..., tuple[int, str, str]]
BASE = 690204


@pytest.fixture
def fake() -> FakeAstria:
    return FakeAstria(clock=ScaledClock(1000))


@pytest.fixture(autouse=True)
def client(fake: FakeAstria, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AsyncAstria]:
    """Every client of the command speaks to the fake."""

    def make() -> AsyncAstria:
        clock = ScaledClock(1000)
        return AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock, random=random.Random(1))

    monkeypatch.setattr(astria_async, "AsyncAstria", make)
    return make


@pytest.fixture
def batch(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run the command over these rows."""
    monkeypatch.chdir(tmp_path)

    def batch(rows: Any, *words: object, name: str = "prompts.jsonl") -> tuple[int, str, str]:
        text = rows if isinstance(rows, (str, bytes)) else "".join(json.dumps(row) + "\n" for row in rows)
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return run("batch", name, *words)

    return batch


def lines() -> list[Any]:
    return [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]


def test_file_is_drawn_once(batch: Any, fake: FakeAstria) -> None:
    rows = [{"text": f"garden {n}", "tune": BASE} for n in range(5)]
    code, out, err = batch(rows)
    assert (code, err) == (0, "")
    assert re.fullmatch(r"5 done, 0 failed, \d+\.\d\d USD; out/index.html\n", out)
    assert [line["state"] for line in lines()] == ["done"] * 5
    assert all((Path("out") / name).is_file() for line in lines() for name in line["files"])
    page = Path("out/index.html").read_text()
    assert all(f"garden {n}" in page for n in range(5))
    code, out, _ = batch(rows)
    assert code == 0
    assert len(fake.prompts) == 5


def test_csv_columns_and_mention_fill_the_text(batch: Any, fake: FakeAstria, client: Callable[[], AsyncAstria]) -> None:
    async def train() -> Tune:
        async with client() as astria:
            tune = await astria.tunes.create(
                name="woman", image_urls=["https://example.com/1.jpg"], base_tune_id=astria_async.bases.FLUX1_DEV,
                model_type="lora", preset="flux-lora-portrait",
            )  # fmt: skip
            return await astria.tunes.wait(tune)

    tune = anyio.run(train)
    text = 'text,place,steps,super_resolution\n"{mention} in {place}, {{eye_color}}","Rome, Italy",20,true\n'
    code, _, err = batch(text, "--tune", tune.id, name="prompts.csv")
    assert (code, err) == (0, "")
    [prompt] = fake.prompts
    assert prompt.params["text"] == f"<lora:{tune.id}:1> ohwx woman in Rome, Italy, {{{{eye_color}}}}"
    assert (prompt.params["steps"], prompt.params["super_resolution"]) == (20, True)
    assert prompt.tune_id == astria_async.bases.FLUX1_DEV


def test_many_images_and_repetitions_become_several_prompts(batch: Any, fake: FakeAstria) -> None:
    rows = [{"text": "a", "tune": BASE, "num_images": 19}, {"text": "b", "tune": BASE, "repeat": 3, "key": "k"}]
    assert batch(rows)[0] == 0
    assert sorted(prompt.params.get("num_images", 0) for prompt in fake.prompts) == [0, 0, 0, 3, 8, 8]
    assert {"k/1", "k/2", "k/3"} < {line["key"] for line in lines()}
    assert len({prompt.seed for prompt in fake.prompts}) == 6


def test_bad_rows_are_told_together_and_nothing_is_sent(batch: Any, fake: FakeAstria) -> None:
    rows = [
        {"text": "a", "tune": BASE},
        {"txt": "a", "tune": BASE},
        {"text": "a {place}", "tune": BASE},
        {"text": "a", "tune": 99},
        {"text": "a"},
        {"text": "a", "tune": BASE, "num_images": 0},
        {"text": "a", "tune": BASE, "input_image": "gone.png"},
        [],
    ]
    code, _, err = batch(rows)
    assert code == 2
    assert len(fake.prompts) == 0
    told = err.splitlines()
    for number, words in {
        2: "txt: it is not a parameter, nor used as {txt}; did you mean text?",
        3: "text: {place} is not a column of this row",
        4: "tune: 99 does not exist",
        5: "tune: it is missing; add it to the row, or give --tune",
        6: "num_images",
        7: "gone.png",
        8: "it is not an object; write one object a line",
    }.items():
        assert words in told[number - 2]
        assert told[number - 2].startswith(f"prompts.jsonl: line {number}: ")
    assert told[-1].endswith("7 rows cannot be sent: correct them, or give --skip-bad; nothing was sent")
    assert batch(rows, "--skip-bad")[0] == 0
    assert len(fake.prompts) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"\xff\xfe", "byte 0 is not UTF-8; save the file as UTF-8"),
        (b"", "it has no rows"),
        (b"{", "line 1: it is not JSON"),
        (b'{"text": "' + b"a" * 1_100_000 + b'"}', "line 1: it has 1,100,012 characters"),
    ],
)
def test_file_that_cannot_be_read_is_one_line(text: bytes, problem: str, batch: Any) -> None:
    code, _, err = batch(text)
    assert code == 2
    assert problem in err
    assert "Traceback" not in err


def test_byte_order_mark_is_taken(batch: Any) -> None:
    assert batch(b"\xef\xbb\xbf" + json.dumps({"text": "a", "tune": BASE}).encode())[0] == 0


def test_failed_row_is_exit_code_1(batch: Any) -> None:
    code, out, _ = batch([{"text": "a", "tune": BASE}, {"text": "a [[fail]]", "tune": BASE, "key": "broken"}])
    assert code == 1
    assert "broken: prompt " in out
    assert "1 done, 1 failed" in out
    assert "failed: prompt" in Path("out/index.html").read_text()


def test_budget_is_exit_code_3_and_goes_on(batch: Any, fake: FakeAstria) -> None:
    rows = [{"text": f"garden {n}", "tune": BASE} for n in range(6)]
    assert batch(rows, "--limit", "1")[0] == 0
    cost = fake.prompts[0].cost_mc
    code, _, err = batch(rows, "--max-cost", f"{cost * 3 / 100_000:.5f}")
    assert code == 3
    assert "max_cost" in err
    assert "(3 left: the same command goes on)" in err
    assert len(fake.prompts) == 3
    assert batch(rows)[0] == 0
    assert len(fake.prompts) == 6


def test_dry_run_sends_nothing(batch: Any, fake: FakeAstria) -> None:
    code, out, _ = batch([{"text": "a", "tune": BASE, "num_images": 2, "repeat": 2}], "--dry-run")
    assert code == 0
    assert out.startswith("2 prompts, 4 images at least\n")
    assert "price is not known" in out
    assert len(fake.prompts) == 0


def test_status_reads_a_ledger(batch: Any, run: Run) -> None:
    batch([{"text": "a", "tune": BASE}])
    code, out, _ = run("batch", "--status")
    assert code == 0
    assert out.startswith("1 done, 0 failed, 0 under way, 0 waiting")
    code, _, err = run("batch", "--status", "--ledger", "other.db")
    assert code == 2
    assert "other.db does not exist" in err


def test_results_are_json_on_request(batch: Any) -> None:
    code, out, _ = batch([{"text": "a", "tune": BASE, "key": "one"}], "--json")
    assert code == 0
    [line] = [json.loads(line) for line in out.splitlines()]
    assert (line["key"], line["error"], len(line["files"])) == ("one", None, len(lines()[0]["files"]))


@pytest.mark.parametrize("words", [["--max-cost", "much"], ["--limit", "0"], []])
def test_wrong_arguments_are_exit_code_2(words: list[str], run: Run) -> None:
    code, _, err = run("batch", *words)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_texts_and_keys_never_become_markup_or_paths(batch: Any) -> None:
    rows = [{"text": "<script>alert(1)</script>", "tune": BASE, "key": "../../x"}]
    assert batch(rows)[0] == 0
    assert "<script>" not in Path("out/index.html").read_text()
    assert all(".." not in name for name in lines()[0]["files"])
