"""The editors on this machine that can use the server, and what is wrong with plugins and settings."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from aigc_lsp.cli.checks import Finding

if TYPE_CHECKING:
    from aigc_plugins.manager import Plugins

# Command, name, and the version from which it shows ghost text without help.
_EDITORS = (
    ("code", "VS Code", ""),
    ("codium", "VSCodium", ""),
    ("nvim", "Neovim", "0.12"),
    ("hx", "Helix", ""),
    ("helix", "Helix", ""),
    ("zed", "Zed", ""),
    ("emacs", "Emacs", ""),
    ("kak", "Kakoune", ""),
)


def findings() -> list[Finding]:
    """Return the editors found on the PATH."""
    found = [_editor(command, name, since) for command, name, since in _EDITORS if shutil.which(command)]
    return found or [Finding("editor", "info", "none of those we know is on the PATH")]


def _editor(command: str, name: str, since: str) -> Finding:
    version = _version(command)
    text = f"{name} {version or '(version unknown)'}"
    if since and version and _numbers(version) < _numbers(since):
        return Finding("editor", "info", f"{text}: needs our plugin for ghost text (built in from {since})")
    return Finding("editor", "ok", text)


def _version(command: str) -> str:
    try:
        done = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+(?:\.\d+)?", done.stdout)
    return found[0] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def plugin_findings(plugins: Plugins) -> list[Finding]:
    """Return one finding for all plugins that work, and one for each that is blocked."""
    working = [info.name for info in plugins.infos if info.status == "ok"]
    found = [Finding("plugins", "ok", ", ".join(working) or "none")]
    for info in plugins.infos:
        if info.status == "blocked":
            remedy = f"pip install --upgrade {info.distribution or info.name}   # or put it into plugins.disabled"
            found.append(Finding(f"plugin {info.name}", "broken", info.reason, remedy))
    return found


def settings_findings(problems: tuple[str, ...]) -> list[Finding]:
    """Return a finding for each setting that was refused."""
    return [Finding("settings", "warning", problem, "aigc-lsp config path") for problem in problems]
