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
    file, folder = _file(), _folder()
    files = [] if file is None else [file]
    if folder is not None:
        files += sorted(path for path in folder.iterdir() if path.is_file())
    return files


def check_file(path: Path, setting: str) -> None:
    """Raise ConfigurationError, naming the setting, for a file without a certificate that can be read."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        return
    except ssl.SSLError:
        problem = f"{path} holds no certificate in PEM"
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
    raise ConfigurationError(f"{setting}: {problem}; correct it, or unset it")


def ssl_context(usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """The authorities that SSL_CERT_FILE and SSL_CERT_DIR name; `usual` makes what holds if they name none.

    Raises ConfigurationError for a file or folder that is not there, or a file without a certificate in PEM. A folder
    is as OpenSSL has them: the names are hashes (`openssl rehash`).
    """
    return _made_once(usual, _file(), _folder())


@functools.lru_cache(maxsize=16)
def _made_once(usual: Callable[[], ssl.SSLContext], file: Path | None, folder: Path | None) -> ssl.SSLContext:
    """Reading 140 certificates takes 20 ms, so it is done once for each setting."""
    if file is None and folder is None:
        return usual()
    return ssl.create_default_context(cafile=file, capath=folder)


def _file() -> Path | None:
    named = os.environ.get("SSL_CERT_FILE")
    if not named:
        return None
    path = Path(named)
    if not path.is_file():
        raise ConfigurationError(f"SSL_CERT_FILE: the file {named} does not exist; correct it, or unset it")
    check_file(path, "SSL_CERT_FILE")
    return path


def _folder() -> Path | None:
    named = os.environ.get("SSL_CERT_DIR")
    if not named:
        return None
    path = Path(named)
    if not path.is_dir():
        raise ConfigurationError(f"SSL_CERT_DIR: the folder {named} does not exist; correct it, or unset it")
    return path
