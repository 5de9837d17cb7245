"""Where each editor keeps the user's own configuration file. Nothing is read or made here but `exists`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

Place = Callable[[], Path]


def short(path: Path) -> str:
    """Return a path as people write it, with `~` for the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def neovim() -> Path:
    """Return a file of our own in a folder that Neovim reads when it starts."""
    return _config() / os.environ.get("NVIM_APPNAME", "nvim") / "plugin" / "aigc.lua"


def helix() -> Path:
    """Return Helix's file of languages."""
    return _config() / "helix" / "languages.toml"


def zed() -> Path:
    """Return Zed's settings."""
    return _config() / "zed" / "settings.json"


def sublime() -> Path:
    """Return the user's settings of Sublime Text's package LSP."""
    base = _support("Sublime Text") or _config() / "sublime-text"
    return base / "Packages" / "User" / "LSP.sublime-settings"


def vscode() -> Path:
    """Return VS Code's user settings."""
    return (_support("Code") or _config() / "Code") / "User" / "settings.json"


def emacs() -> Path:
    """Return the init file that Emacs would read, or the one to make."""
    home = Path.home()
    known = [home / ".emacs.el", home / ".emacs", home / ".emacs.d" / "init.el", _config() / "emacs" / "init.el"]
    return next((file for file in known if file.exists()), home / ".emacs.d" / "init.el")


def _config() -> Path:
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".config"


def _support(application: str) -> Path | None:
    if sys.platform != "darwin":
        return None
    return Path.home() / "Library" / "Application Support" / application
