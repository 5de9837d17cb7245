"""The standard library of the running Python: its pure-Python modules, without tests and without applications.

The modules by which forgetting is told (`evaluate.general`) are kept aside.
"""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path

from aigc_finetune.collect.sources.base import Listing, Origin, Rejected
from aigc_finetune.collect.sources.folder import FolderSource
from aigc_finetune.evaluate.general import GENERAL_MODULES

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
        return f"{platform.python_implementation()} {platform.python_version()} without {' '.join(GENERAL_MODULES)}"

    def listing(self) -> Listing:
        """Return the modules; what is left out as a whole is not considered, so it is not told as rejected."""
        wanted = [entry for entry in super().listing().entries if _wanted(entry.path)]
        aside = frozenset(GENERAL_MODULES)
        return Listing(
            [entry for entry in wanted if entry.path not in aside],
            [
                Rejected(entry.path, self.label, "kept-aside", "of the general set, by which forgetting is told")
                for entry in wanted
                if entry.path in aside
            ],
        )


def _wanted(path: str) -> bool:
    *folders, name = path.split("/")
    return name.endswith(".py") and not name.startswith(_PLATFORM) and not _LEFT_OUT.intersection(folders)
