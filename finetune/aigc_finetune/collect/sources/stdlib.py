"""The standard library of the running Python: its pure-Python modules, without tests and without applications."""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path

from aigc_finetune.collect.sources.base import Listing, Origin
from aigc_finetune.collect.sources.folder import FolderSource

_LEFT_OUT = frozenset(
    ("test", "tests", "idle_test", "site-packages", "dist-packages", "idlelib", "lib2to3", "turtledemo", "ensurepip",
     "__phello__", "__pycache__", "lib-dynload")
)  # fmt: skip
_PLATFORM = "_sysconfigdata"  # holds paths and flags of the machine that built this Python


class StandardLibrary(FolderSource):
    """The standard library. Its licence is PSF-2.0."""

    def __init__(self, label: str = "stdlib") -> None:
        version = platform.python_version()
        super().__init__(
            Path(sysconfig.get_path("stdlib")), label, Origin("stdlib", version, "CPython", version, "PSF-2.0")
        )

    def fingerprint(self) -> str:
        """Return the version: an installed library does not change under its version."""
        return f"{platform.python_implementation()} {platform.python_version()}"

    def listing(self) -> Listing:
        """Return the modules; what is left out as a whole is not considered, so it is not told as rejected."""
        found = super().listing()
        return Listing([entry for entry in found.entries if _wanted(entry.path)])


def _wanted(path: str) -> bool:
    *folders, name = path.split("/")
    return name.endswith(".py") and not name.startswith(_PLATFORM) and not _LEFT_OUT.intersection(folders)
