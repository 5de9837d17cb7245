"""The command line of bubblewrap, which makes namespaces on machines where only privileged programs may."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from aigc_plugins.sandbox import places


def wrapped(command: Sequence[str], scratch: Path, readable: Sequence[str]) -> list[str]:
    """Return a command that starts `command` in namespaces of its own, with `scratch` as its only writable folder.

    Raises:
        OSError: bubblewrap is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise OSError("bubblewrap is not installed")
    line = [program, "--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1"]
    line += ["--uid", "1000", "--gid", "1000"]  # inside, nobody is root
    for path in places.outermost(readable):
        line += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]  # noqa: PTH114, PTH115
    line += ["--dev", "/dev", "--proc", "/proc", "--remount-ro", "/proc", "--dir", "/tmp"]  # noqa: S108
    return [*line, "--bind", str(scratch), str(scratch), "--remount-ro", "/", "--chdir", str(scratch), "--", *command]
