"""Where aigc-lsp keeps its files. Every folder can be moved below one place with the AIGC_LSP_HOME variable."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

APP = "aigc-lsp"
HOME_VARIABLE = "AIGC_LSP_HOME"
# A Unix socket's path must fit in sockaddr_un: 108 bytes on Linux, 104 on macOS, with the terminator.
_MAX_SOCKET_DIR = 80


def _folder(kind: str) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / kind
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_dir")(APP, appauthor=False))


def cache_dir() -> Path:
    """Return the folder for what can be fetched or made again: models, converted weights."""
    return _folder("cache")


def data_dir() -> Path:
    """Return the folder for what belongs to the user: registered models, adapters, logs of acceptance."""
    return _folder("data")


def config_dir() -> Path:
    """Return the folder that holds the user's `config.toml`."""
    return _folder("config")


def log_dir() -> Path:
    """Return the folder of log files."""
    return _folder("log")


def runtime_dir() -> Path:
    """Create (mode 0700) and return the folder of the engine's socket and locks; it is this user's alone.

    Raises:
        PermissionError: the folder exists and belongs to somebody else.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        folder = Path(home).expanduser().absolute() / "run"
    elif os.environ.get("XDG_RUNTIME_DIR"):
        folder = Path(os.environ["XDG_RUNTIME_DIR"]) / APP
    else:
        folder = cache_dir() / "run"
    if len(os.fsencode(folder)) > _MAX_SOCKET_DIR:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to somebody else; remove it or set {HOME_VARIABLE}")
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    return folder
