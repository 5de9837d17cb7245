"""Says what surrounds a run: files in the test's folder, folders of this machine, what others have as environment."""

from __future__ import annotations

import collections
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigc_plugins.testgen.inside.checks import Checker
from aigc_plugins.testgen.inside.source import quoted

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor

_FILES = 6


def files_in(folder: pathlib.Path, checker: Checker) -> Iterator[str]:
    """Yield checks of the files in the test's folder."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"))[:_FILES]:
        name = f"(tmp_path / {quoted(str(path.relative_to(folder)))})"
        if path.is_dir():
            yield f"{name}.is_dir()"
            continue
        try:
            checks = _content(name, path.read_bytes(), checker)
        except OSError:
            continue
        yield from [f"{name}.is_file()"] if checks[0].startswith("isinstance(") else checks


def _content(name: str, data: bytes, checker: Checker) -> list[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return checker.of(f"{name}.read_bytes()", data)
    if "\r" in text:  # reading it as text would change it
        return checker.of(f"{name}.read_bytes()", data)
    return checker.of(f"{name}.read_text()" if text.isascii() else f'{name}.read_text("utf-8")', text)


def run_folders(executor: Executor) -> list[str]:
    """Return the folders of this run that no test may name."""
    file = executor.loaded.module.__file__
    home = os.path.dirname(os.path.abspath(file)) if file else ""  # noqa: PTH100, PTH120
    found = [str(executor.world.scratch), home, sys.prefix, sys.base_prefix, os.path.expanduser("~"), *sys.path]  # noqa: PTH111
    return list(dict.fromkeys(one for one in found if len(one) > 2 and one.startswith(os.sep)))


_STAYS = ("PATH", "LANG", "LANGUAGE", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT")
_OTHER = {"HOME": "/nonexistent/home", "USER": "somebody", "LOGNAME": "somebody", "COLUMNS": "173", "LINES": "41",
          "TZ": "Asia/Kathmandu", "NO_COLOR": "1", "TERM": "vt100", "XDG_CONFIG_HOME": "/nonexistent/config",
          "XDG_DATA_HOME": "/nonexistent/data", "XDG_CACHE_HOME": "/nonexistent/cache", "CI": "true",
          "HOSTNAME": "elsewhere", "SHELL": "/bin/other", "EDITOR": "other", "PWD": "/nonexistent"}  # fmt: skip


def elsewhere() -> collections.ChainMap[str, str]:
    """Return the environment that somebody else may have."""
    stays = {key: one for key, one in os.environ.items() if key.startswith(("PYTHON", "LC_")) or key in _STAYS}
    rest = {key: f"other {one}" for key, one in os.environ.items() if key not in stays}
    return collections.ChainMap(stays, _OTHER, rest)
