"""Key, base URL and workspace: where they are looked for, and what is refused."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astria_async import AsyncAstria
from astria_async._settings import Settings, settings_from
from astria_async.errors import ConfigurationError

KEY = "sd_0123456789"


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


# --- where they come from


def test_argument_comes_before_the_environment_and_that_before_the_file(folder: Path, found: Any) -> None:
    write(folder, api_key="sd_file", base_url="https://file", workspace_id=3)
    environ = {"ASTRIA_API_KEY": "sd_env", "ASTRIA_BASE_URL": "https://env", "ASTRIA_WORKSPACE_ID": "2"}
    given = {"api_key": "sd_arg", "base_url": "https://arg", "workspace_id": 1}
    assert found(**given, environ=environ) == Settings(api_key="sd_arg", base_url="https://arg", workspace_id=1)
    assert found(environ=environ) == Settings(api_key="sd_env", base_url="https://env", workspace_id="2")
    assert found() == Settings(api_key="sd_file", base_url="https://file", workspace_id=3)


def test_a_file_without_a_key_adds_what_is_left_open(folder: Path, found: Any) -> None:
    write(folder, workspace_id=3)
    assert found(api_key=KEY, environ={"ASTRIA_BASE_URL": "https://env"}) == Settings(
        api_key=KEY, base_url="https://env", workspace_id=3
    )


def test_without_any_the_service_itself_and_the_personal_scope(found: Any) -> None:
    assert found(api_key=KEY) == Settings(api_key=KEY, base_url="https://api.astria.ai", workspace_id=None)


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [("ASTRIA_API_KEY", "ASTRIA_AUTH_TOKEN", "api_key"), ("ASTRIA_WORKSPACE_ID", "WORKSPACE_ID", "workspace_id")],
)
def test_the_vendors_names_are_asked_in_its_order(found: Any, first: str, second: str, field: str) -> None:
    environ = {"ASTRIA_API_KEY": KEY} if field != "api_key" else {}
    assert getattr(found(environ={**environ, first: "1", second: "2"}), field) == "1"
    assert getattr(found(environ={**environ, first: "", second: "2"}), field) == "2"
    assert getattr(found(environ={**environ, second: "2"}), field) == "2"


def test_an_empty_variable_is_none(folder: Path, found: Any) -> None:
    write(folder, api_key=KEY, base_url="https://file", workspace_id=3)
    empty = dict.fromkeys(["ASTRIA_API_KEY", "ASTRIA_BASE_URL", "ASTRIA_WORKSPACE_ID", "ASTRIA_PROFILE"], "")
    assert found(environ=empty) == Settings(api_key=KEY, base_url="https://file", workspace_id=3)


def test_a_profile_has_a_file_of_its_own(folder: Path, found: Any) -> None:
    write(folder, api_key="sd_default")
    write(folder, "config.work.json", api_key="sd_work")
    write(folder, "config.home.json", api_key="sd_home")
    assert found().api_key == "sd_default"
    assert found(profile="work").api_key == "sd_work"
    assert found(environ={"ASTRIA_PROFILE": "home"}).api_key == "sd_home"
    assert found(profile="work", environ={"ASTRIA_PROFILE": "home"}).api_key == "sd_work"


def test_a_profile_that_does_not_exist_is_told_of(found: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^the profile 'work' does not exist: .*config\.work\.json is missing$"
    ):
        found(api_key=KEY, profile="work")


def test_the_files_folder_is_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".astria").mkdir()
    write(tmp_path / ".astria", api_key=KEY)
    assert settings_from(None, None, None, None, environ={}).api_key == KEY


@pytest.mark.parametrize("home", ["/dev/null", "/nonexistent"])
def test_a_user_without_a_home_directory_has_no_file(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)
    assert settings_from(KEY, None, None, None, environ={}).api_key == KEY


def test_a_user_without_a_name_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert settings_from(KEY, None, None, None, environ={}).api_key == KEY
    with pytest.raises(ConfigurationError, match="the profile 'work' does not exist"):
        settings_from(KEY, None, None, "work", environ={})


# --- the key


@pytest.mark.parametrize("key", [None, "", " ", "\n"])
def test_without_a_key_there_is_no_client(found: Any, key: str | None) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^the API key is missing: pass api_key=\.\.\., or set ASTRIA_API_KEY$"
    ):
        found(api_key=key)


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\n", KEY])
def test_key_read_from_a_file_may_end_in_a_newline(found: Any, key: str) -> None:
    assert found(api_key=key).api_key == KEY
    assert found(environ={"ASTRIA_API_KEY": key}).api_key == KEY


@pytest.mark.parametrize("key", ["sd_se cret", "sd_secrét", "sd_sec\nret", "sd_sec\tret", "sd_sec\0ret"])
def test_key_that_can_be_none_is_refused_and_not_shown(found: Any, key: str) -> None:
    with pytest.raises(ConfigurationError, match="copy it again from the API settings$") as caught:
        found(api_key=key)
    shown = "".join(traceback.format_exception(caught.value, limit=0))
    assert key not in shown
    assert "ret" not in shown


class Secret:
    """As pydantic's SecretStr."""

    def get_secret_value(self) -> str:
        return KEY


def test_a_secret_str_is_taken(found: Any) -> None:
    assert found(api_key=Secret()).api_key == KEY


@pytest.mark.parametrize("key", [KEY.encode(), 5, Path(KEY), ["k"], True, object])
def test_a_key_of_another_kind_is_told_its_kind_alone(found: Any, key: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^api_key: {type(key).__name__} is not a str; ") as caught:
        found(api_key=key)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [f'"{KEY}"', f"'{KEY}'", f'"{KEY}"\n', f"\u201c{KEY}\u201d"])
def test_a_key_in_quotes_is_refused_with_the_remedy(found: Any, key: str) -> None:
    for given in ({"api_key": key}, {"environ": {"ASTRIA_API_KEY": key}}):
        with pytest.raises(ConfigurationError, match="it is in quotes.*; remove the quotes$") as caught:
            found(**given)
        assert KEY not in str(caught.value)


def test_a_key_with_its_scheme_is_refused(found: Any) -> None:
    with pytest.raises(ConfigurationError, match="it begins with 'Bearer'; remove that"):
        found(api_key=f"Bearer {KEY}")


def test_the_key_shows_in_no_repr() -> None:
    assert KEY not in repr(Settings(api_key=KEY))
    assert KEY not in repr(AsyncAstria(KEY))


def test_the_key_shows_in_no_other_complaint(folder: Path, found: Any) -> None:
    write(folder, api_key=KEY, base_url="nonsense")
    for given in ({}, {"base_url": "http://x"}, {"base_url": f"https://{KEY}@x"}, {"workspace_id": "a b"}):
        with pytest.raises(ConfigurationError) as caught:
            found(**{"base_url": None, **given})
        assert KEY not in str(caught.value)


# --- the base URL


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.astria.ai/", "https://api.astria.ai"),
        ("https://proxy.example.com:8443/astria/", "https://proxy.example.com:8443/astria"),
        (" https://api.astria.ai\n", "https://api.astria.ai"),
        ("HTTPS://api.astria.ai", "HTTPS://api.astria.ai"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
    ],
)
def test_base_url_is_kept_without_a_slash_at_its_end(found: Any, url: str, kept: str) -> None:
    assert found(api_key=KEY, base_url=url).base_url == kept


@pytest.mark.parametrize(
    "url",
    ["api.astria.ai", "ftp://api.astria.ai", "https://", "https:///tunes", "//api.astria.ai", "https://x?a=1",
     "https://x/?", "https://x#a", "https://[x", "https://x:port", "https://x:99999", "https://x:0", "https://a b",
     "https://a\nb", "https://a\\b", "https://straße.example", "file:///etc/passwd", "", 5, ["https://x"], b"https://x"],
)  # fmt: skip
def test_what_is_no_base_url_is_refused(found: Any, url: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^base_url: .* is not a base URL[,;] .*https://api\.astria\.ai"):
        found(api_key=KEY, base_url=url, allow_http=True)


@pytest.mark.parametrize("url", ["https://user:secret@x", "https://secret@x", "ftp://user:secret@x:port"])
def test_credentials_in_a_base_url_are_refused_and_not_shown(found: Any, url: str) -> None:
    with pytest.raises(
        ConfigurationError, match="^base_url: it contains a user name or password; leave them out$"
    ) as caught:
        found(api_key=KEY, base_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:3000", "LOCALHOST", "astria.localhost", "127.0.0.1:8080", "127.8.9.1", "[::1]:8080"],
)
def test_http_is_allowed_on_this_machine(found: Any, host: str) -> None:
    assert found(api_key=KEY, base_url=f"http://{host}").base_url == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    ["api.astria.ai", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0", "[::]", "mylocalhost"],
)
def test_http_is_refused_elsewhere_unless_it_is_allowed(found: Any, host: str) -> None:
    with pytest.raises(ConfigurationError, match="would send the key unencrypted; use https, or allow_http=True$"):
        found(api_key=KEY, base_url=f"http://{host}")
    assert found(api_key=KEY, base_url=f"http://{host}", allow_http=True).base_url == f"http://{host}"


# --- the workspace


@pytest.mark.parametrize("workspace", ["personal", " personal\n"])
def test_the_personal_workspace_means_no_header(folder: Path, found: Any, workspace: str) -> None:
    write(folder, workspace_id=3)
    assert found(api_key=KEY, workspace_id=workspace).workspace_id is None
    assert found(api_key=KEY, environ={"ASTRIA_WORKSPACE_ID": "personal", "WORKSPACE_ID": "2"}).workspace_id is None


def test_personal_in_the_file_means_no_header(folder: Path, found: Any) -> None:
    write(folder, workspace_id="personal")
    assert found(api_key=KEY).workspace_id is None


class Seven:
    """As numpy's whole numbers."""

    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize(("workspace", "kept"), [(7, 7), ("7", "7"), ("7\n", "7"), ("all", "all"), (Seven(), 7)])
def test_a_workspace_is_a_number_or_all(found: Any, workspace: int | str, kept: int | str) -> None:
    assert found(api_key=KEY, workspace_id=workspace).workspace_id == kept


@pytest.mark.parametrize("workspace", ["a b", "1\r\nX-Admin: 1", "größe", "", True, 1.5, 0, -1, ["1"], {}, b"7"])
def test_what_can_be_no_header_is_no_workspace(found: Any, workspace: Any) -> None:
    with pytest.raises(ConfigurationError, match="^workspace_id: .* is not a workspace; give the number of a"):
        found(api_key=KEY, workspace_id=workspace)
