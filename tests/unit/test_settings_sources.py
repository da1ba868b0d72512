"""One account, one source: whose key goes to which base URL, and when the configuration file is read at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astria_async._settings import BASE_URL, Settings, settings_from
from astria_async.errors import ConfigurationError

KEY = "sd_0123456789"
TEAM1, TEAM2 = "sd_team1", "sd_team2"
ENVIRON = {"ASTRIA_API_KEY": TEAM1, "ASTRIA_BASE_URL": "https://one", "ASTRIA_WORKSPACE_ID": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the configuration file lies: empty at first."""
    return tmp_path


@pytest.fixture
def found(folder: Path) -> Callable[..., Settings]:
    """What is found with these arguments and this environment, and the files in `folder`."""

    def settings(
        *, environ: dict[str, str] | None = None, profile: str | None = None, allow_http: bool = False, **given: Any
    ) -> Settings:
        arguments = {"api_key": None, "base_url": None, "workspace_id": None, **given}
        everything = {"ASTRIA_CONFIG_DIR": str(folder), **(environ or {})}
        return settings_from(**arguments, profile=profile, allow_http=allow_http, environ=everything)

    return settings


def write(folder: Path, name: str = "config.json", **content: Any) -> None:
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("name", ["config.json", "config.two.json"])
@pytest.mark.parametrize("given", [{"api_key": TEAM1}, {}])
def test_key_never_goes_to_the_base_url_of_anothers_file(
    folder: Path, found: Any, name: str, given: dict[str, str]
) -> None:
    write(folder, name, api_key=TEAM2, base_url="https://two", workspace_id=2)
    environ = {} if given else {"ASTRIA_API_KEY": TEAM1}
    if name != "config.json":
        environ["ASTRIA_PROFILE"] = "two"
    assert found(**given, environ=environ) == Settings(api_key=TEAM1, base_url=BASE_URL, workspace_id=None)


def test_key_takes_the_rest_from_the_file_that_holds_it(folder: Path, found: Any) -> None:
    write(folder, api_key=TEAM1, base_url="https://one", workspace_id=1)
    expected = Settings(api_key=TEAM1, base_url="https://one", workspace_id=1)
    assert found(api_key=TEAM1) == found(environ={"ASTRIA_API_KEY": TEAM1}) == expected


def test_a_profile_given_as_argument_is_read_as_one_unit(folder: Path, found: Any) -> None:
    write(folder, "config.two.json", api_key=TEAM2)
    assert found(profile="two", environ=ENVIRON) == Settings(api_key=TEAM2, base_url=BASE_URL, workspace_id=None)
    write(folder, "config.two.json", api_key=TEAM2, base_url="https://two", workspace_id=2)
    assert found(profile="two", environ=ENVIRON) == Settings(api_key=TEAM2, base_url="https://two", workspace_id=2)
    assert found(profile="two", base_url="https://mine", workspace_id=5, environ=ENVIRON) == Settings(
        api_key=TEAM2, base_url="https://mine", workspace_id=5
    )


def test_a_profile_of_the_environment_is_read_as_one_unit(folder: Path, found: Any) -> None:
    write(folder, "config.two.json", api_key=TEAM2)
    environ = {**ENVIRON, "ASTRIA_API_KEY": "", "ASTRIA_PROFILE": "two"}
    assert found(environ=environ) == Settings(api_key=TEAM2, base_url=BASE_URL, workspace_id=None)


def test_a_key_beside_a_profile_with_another_key_is_refused(folder: Path, found: Any) -> None:
    write(folder, "config.two.json", api_key=TEAM2, base_url="https://two")
    with pytest.raises(ConfigurationError, match="pass api_key or profile, not both$") as caught:
        found(api_key=TEAM1, profile="two")
    assert TEAM1 not in str(caught.value)
    assert found(api_key=TEAM2, profile="two").base_url == "https://two"


def test_a_profile_without_a_key_takes_the_arguments_key_alone(folder: Path, found: Any) -> None:
    write(folder, "config.local.json", base_url="http://localhost:3000")
    assert found(api_key=KEY, profile="local").base_url == "http://localhost:3000"
    with pytest.raises(ConfigurationError, match=r"^profile 'local' has no api_key: add it to .*config\.local\.json$"):
        found(profile="local", environ=ENVIRON)


@pytest.mark.parametrize("profile", ["", " ", "../x", "a/b", "a\\b", "a\0b", "a\nb", 5, b"x", True])
def test_what_is_not_a_profiles_name_is_refused(found: Any, profile: Any) -> None:
    with pytest.raises(ConfigurationError, match="^profile: "):
        found(api_key=KEY, profile=profile)


# --- a file is the last resort


@pytest.fixture
def unreadable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that this user may not read. Root may read all, so it is told so."""
    write(folder, api_key="sd_other", base_url="https://other")

    def refuse(path: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    return folder / "config.json"


def test_unreadable_file_is_not_needed_beside_a_key(unreadable: Path, found: Any) -> None:
    assert found(api_key=KEY) == found(environ={"ASTRIA_API_KEY": KEY}) == Settings(api_key=KEY)


def test_unreadable_file_is_reported_if_it_is_needed(unreadable: Path, found: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read: Permission denied; pass api_key=\.\.\., or set"):
        found()
    with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
        found(profile="work")


def test_a_file_is_not_read_if_nothing_is_missing(folder: Path, found: Any) -> None:
    (folder / "config.json").write_bytes(b"{")
    given = {"api_key": KEY, "base_url": "https://arg", "workspace_id": "personal"}
    assert found(**given) == Settings(api_key=KEY, base_url="https://arg")
    assert found(environ=ENVIRON).api_key == TEAM1


def test_a_file_may_begin_with_a_byte_order_mark(folder: Path, found: Any) -> None:
    (folder / "config.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"api_key": KEY}).encode())
    assert found().api_key == KEY


# --- what is in the file


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"{", "cannot be read: Expecting"),
        (b"", "cannot be read: Expecting value"),
        (b"\xff\xfe", "cannot be read: 'utf-8' codec"),
        (b"[]", "is not a JSON object$"),
        (b"null", "is not a JSON object$"),
        (b'"sd_secret"', "is not a JSON object$"),
    ],
)
def test_a_file_that_is_malformed_is_told_of(folder: Path, found: Any, content: bytes, match: str) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"config\.json {match}") as caught:
        found(api_key=KEY)
    assert "sd_secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_told_of(folder: Path, found: Any) -> None:
    (folder / "config.json").mkdir()
    with pytest.raises(ConfigurationError, match=r"config\.json cannot be read: .*Is a directory"):
        found(api_key=KEY)


def test_keys_of_the_file_that_are_not_known_are_ignored(folder: Path, found: Any) -> None:
    write(folder, api_key=KEY, theme="dark", base_url=None, workspace_id=None)
    assert found() == Settings(api_key=KEY, base_url=BASE_URL, workspace_id=None)


@pytest.mark.parametrize("content", [{"api_key": 5}, {"api_key": ["a"]}])
def test_a_key_in_the_file_that_is_none_is_refused(folder: Path, found: Any, content: dict[str, Any]) -> None:
    write(folder, **content)
    with pytest.raises(ConfigurationError, match="^the API key: (int|list) is not a str"):
        found()
