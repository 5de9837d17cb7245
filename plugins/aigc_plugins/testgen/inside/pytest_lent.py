"""Lends an interpreter that has no pytest or coverage of its own ours, and keeps what is under test apart from them.

Nothing but these packages is lent: what else is installed beside them, a test must not find by accident.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType

_PYTEST = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")


class _Lent(MetaPathFinder):
    def __init__(self, names: Sequence[str], folders: Sequence[str]) -> None:
        self._names, self._folders = frozenset(names), list(folders)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of the lent packages; their own modules are found through them."""
        return PathFinder.find_spec(fullname, self._folders, target) if fullname in self._names else None


def lend(folders: Sequence[str]) -> None:
    """Make pytest and coverage importable from `folders`, each only where the interpreter has none."""
    names = [] if find_spec("pytest") else [one for one in _PYTEST if not find_spec(one)]
    names += [] if find_spec("coverage") else ["coverage"]
    if names:
        sys.meta_path.append(_Lent(names, folders))


def put_first(path: Sequence[str]) -> None:
    """Put folders first on the search path, for processes that tests start as well."""
    sys.path[:0] = list(path)
    os.environ["PYTHONPATH"] = os.pathsep.join(path)


def give_way(name: str) -> None:
    """Have tests import the module `name` anew, even where pytest has loaded another one of that name and keeps it."""
    package = name.partition(".")[0]
    for one in [one for one in sys.modules if one == package or one.startswith(package + ".")]:
        del sys.modules[one]
