"""code-server with a profile of its own: starts, takes extensions and settings, and ends with all its children."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.e2e.setup import code_server
from tests.e2e.vscode.harness import processes
from tests.e2e.vscode.harness.home import AIGC_LSP, Home
from tests.e2e.vscode.harness.waiting import until

_LISTENING = re.compile(r"HTTP server listening on (http://127\.0\.0\.1:\d+)")

# What every test wants: quiet, and nothing that a test does not type itself. Tests change single settings from here.
SETTINGS: dict[str, Any] = {
    "editor.accessibilitySupport": "off",
    "editor.inlineSuggest.enabled": True,
    "editor.minimap.enabled": False,
    "editor.wordBasedSuggestions": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "update.showReleaseNotes": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
}
# Settings are written by keys, too: no key may bring a second one.
SETTINGS["[jsonc]"] = {
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoIndent": "none",
    "editor.quickSuggestions": {"strings": "off", "other": "off"},
}
# Settings of the scope `machine`: a browser window reads them from the machine's own file alone.
MACHINE_SETTINGS: dict[str, Any] = {
    "aigc.server.path": str(AIGC_LSP),
    "aigc.server.installSource": "",
    "aigc.tasks.lens": False,
}


class CodeServer:
    """One code-server; each page that opens `url` is a window with an extension host."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._data = home.root / "data"
        self._extensions = home.root / "ext"
        self._log = home.logs / "code-server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._base = ""

    @property
    def logs(self) -> list[Path]:
        """Return the files that say what happened: code-server's own, VS Code's, the extensions' and the engine's."""
        return [
            self._log,
            *sorted((self._data / "logs").rglob("*.log")),
            *sorted((self._data / "User" / "workspaceStorage").rglob("*.log")),
            *sorted((self.home.aigc / "log").rglob("*.log")),
        ]

    @property
    def storage(self) -> Path:
        """Return the folder in which the extension may keep things."""
        return self._data / "User" / "globalStorage" / "aigc-lsp.aigc-lsp"

    def install(self, vsix: Path) -> None:
        """Install an extension from a file, as a person does on the command line."""
        done = subprocess.run(
            [*self._command(), "--install-extension", str(vsix)],
            env=self.home.env(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "successfully installed" in done.stdout, done.stdout + done.stderr

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.write_settings()
        command = [
            *self._command(), "--auth", "none", "--bind-addr", "127.0.0.1:0",
            "--disable-telemetry", "--disable-update-check", "--ignore-last-opened",
        ]  # fmt: skip
        self._process = processes.start(command, self._log, self.home.env())
        self._base = until("code-server to listen", self._address)

    def stop(self) -> None:
        """End it and every window's extension host."""
        if self._process is not None:
            processes.end(self._process)
            self._process = None

    def url(self, folder: Path) -> str:
        """Return the address of a window on a folder."""
        return f"{self._base}/?folder={quote(str(folder))}"

    def write_settings(self, **changes: Any) -> None:
        """Write the user's settings for the windows that are opened from now on. `__` in a name stands for a dot."""
        changed = {name.replace("__", "."): value for name, value in changes.items()}
        machine = {name: changed.pop(name, value) for name, value in MACHINE_SETTINGS.items()}
        _write_json(self._data / "Machine" / "settings.json", machine)
        _write_json(self._data / "User" / "settings.json", {**SETTINGS, **changed})

    def _command(self) -> list[str]:
        folders = ["--user-data-dir", str(self._data), "--extensions-dir", str(self._extensions)]
        return [str(code_server.executable()), *folders]

    def _address(self) -> str | None:
        assert self._process is not None
        log = self._log.read_text(encoding="utf-8", errors="replace")
        assert self._process.poll() is None, f"code-server ended:\n{log}"
        found = _LISTENING.search(log)
        return found[1] if found else None


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
