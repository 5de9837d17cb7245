"""A terminal that nobody looks at: a program in tmux, keys as a person presses them, the screen as text."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.vscode.harness.waiting import until


class Terminal:
    """One tmux server with one window, of a socket of its own below `folder`."""

    def __init__(self, folder: Path, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self._tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]
        self._env = {**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self._run("new-session", "-d", "-x", "100", "-y", "30", "-c", str(cwd), *command)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them: `M-Tab`, `C-x`, `Enter`."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text, one key after the other."""
        for character in text:
            self._run("send-keys", "-l", character)

    def screen(self) -> str:
        """Return what is on the screen now."""
        return self._run("capture-pane", "-p")

    def wait_for(self, text: str) -> str:
        """Return the screen once the text is on it; long lines are joined where the terminal broke them."""
        try:
            return until(f"{text!r} on the screen", lambda: self.screen() if text in self.screen() else "")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None

    def close(self) -> None:
        """End the program and tmux."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, env=self._env, check=False)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, env=self._env, timeout=20, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
