"""The certificate authorities that the environment names: read and checked when a transport is made."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Callable
from pathlib import Path

from ..errors import ConfigurationError


def named_files() -> list[Path]:
    """The files of certificates that SSL_CERT_FILE and SSL_CERT_DIR name. Raises ConfigurationError, as `ssl_context`."""
    file, folders = _file(), _folders()
    files = [] if file is None else [file]
    for folder in folders.split(os.pathsep) if folders else ():
        files += sorted(path for path in Path(folder).iterdir() if path.is_file())
    return files


def check_file(path: Path, setting: str) -> None:
    """Raise ConfigurationError, naming the setting, for a file without a certificate that can be read."""
    if not isinstance(path, (str, os.PathLike)):
        shown = repr(path) if isinstance(path, bool) else type(path).__name__
        raise ConfigurationError(f"{setting}: {shown} is not a path; pass the Path of a PEM file, or leave it out")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        return
    except ssl.SSLError:
        problem = f"{str(path)!r} holds no certificate in PEM"
    except OSError as error:
        problem = f"{str(path)!r} cannot be read: {error.strerror}"
    raise ConfigurationError(f"{setting}: {problem}; correct it, or unset it")


def context_of(verify: object) -> ssl.SSLContext | None:
    """`verify` of a transport. Raises ConfigurationError for what is not a context, such as httpx's True, False and paths."""
    if verify is None or isinstance(verify, ssl.SSLContext):
        return verify
    shown = repr(verify) if isinstance(verify, bool) else type(verify).__name__
    remedy = "pass ssl.create_default_context(cafile='ca.pem'), or leave it out"
    raise ConfigurationError(f"verify: {shown} is not an ssl.SSLContext; {remedy}")


def ssl_context(usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """The authorities that SSL_CERT_FILE and SSL_CERT_DIR name; `usual` makes what holds if they name none.

    Raises ConfigurationError for a file or folder that is not there, or a file without a certificate in PEM. A folder
    is as OpenSSL has them: the names are hashes (`openssl rehash`).
    """
    return _made_once(usual, _file(), _folders())


@functools.lru_cache(maxsize=16)
def _made_once(usual: Callable[[], ssl.SSLContext], file: Path | None, folders: str | None) -> ssl.SSLContext:
    """Reading 140 certificates takes 20 ms, so it is done once for each setting."""
    if file is None and folders is None:
        return usual()
    return ssl.create_default_context(cafile=file, capath=folders)


def _file() -> Path | None:
    named = os.environ.get("SSL_CERT_FILE")
    if not named:
        return None
    path = Path(named)
    if not path.is_file():
        raise ConfigurationError(f"SSL_CERT_FILE: the file {named!r} does not exist; correct it, or unset it")
    check_file(path, "SSL_CERT_FILE")
    return path


def _folders() -> str | None:
    """Several are set apart as in PATH, which OpenSSL takes apart itself."""
    named = [folder for folder in os.environ.get("SSL_CERT_DIR", "").split(os.pathsep) if folder]
    for folder in named:
        if not Path(folder).is_dir():
            raise ConfigurationError(f"SSL_CERT_DIR: the folder {folder!r} does not exist; correct it, or unset it")
    return os.pathsep.join(named) or None
