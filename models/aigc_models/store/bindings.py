"""Which adapter the user wants where: one for everything, or one for a workspace. The file is the user's own.

A workspace's own settings have no say in it: a repository is untrusted. The file is small and read again whenever its
time of change is another one, so that a running server follows `aigc-lsp adapters use` at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models import paths
from aigc_models.adapters import AdapterError
from aigc_models.store.files import explained, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

NONE = "none"
_FORMAT = 1


@dataclass(slots=True)
class Bindings:
    """Names of adapters, or `none`: `everywhere` (None: nothing was chosen), and by the real path of a workspace."""

    everywhere: str | None = None
    workspaces: dict[str, str] = field(default_factory=dict)

    def at(self, folders: Iterable[str | Path]) -> tuple[str | None, str | None]:
        """Return what is bound for a workspace's folders, and the workspace that it is bound to.

        The first folder that is, or lies in, a bound workspace decides, the innermost workspace first; else it is what
        holds everywhere.
        """
        if self.workspaces:
            for folder in folders:
                real = Path(folder).resolve()
                for one in (real, *real.parents):
                    if str(one) in self.workspaces:
                        return self.workspaces[str(one)], str(one)
        return self.everywhere, None


def bindings_file() -> Path:
    """Return where the bindings are."""
    return paths.data_dir() / "adapters.json"


def read_bindings() -> Bindings:
    """Return the bindings; none where there is no such file or it cannot be read."""
    try:
        data = json.loads(bindings_file().read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            return Bindings()
        everywhere = data["everywhere"]
        workspaces = {str(path): str(name) for path, name in data["workspaces"].items()}
        return Bindings(str(everywhere) if everywhere is not None else None, workspaces)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Bindings()


def bind(name: str | None, workspace: Path | None = None) -> None:
    """Bind an adapter (`none`: no adapter; None: end the binding) everywhere or to one workspace.

    Raises:
        AdapterError: the workspace is no folder.
        StoreError: the file cannot be written.
    """
    if workspace is not None and not workspace.is_dir():
        raise AdapterError(f"{workspace} is no folder. Name the workspace's own folder.")
    with _changing() as found:
        if workspace is None:
            found.everywhere = name
        elif name is None:
            found.workspaces.pop(str(workspace.resolve()), None)
        else:
            found.workspaces[str(workspace.resolve())] = name


def forget(name: str) -> None:
    """End all bindings to an adapter."""
    if name not in (read_bindings().everywhere, *read_bindings().workspaces.values()):
        return
    with _changing() as found:
        found.everywhere = None if found.everywhere == name else found.everywhere
        found.workspaces = {path: one for path, one in found.workspaces.items() if one != name}


@contextmanager
def _changing() -> Iterator[Bindings]:
    """Give the bindings and write them back; two processes take turns."""
    from filelock import FileLock

    path = bindings_file()
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=10):
            found = read_bindings()
            yield found
            text = {"format": _FORMAT, "everywhere": found.everywhere, "workspaces": found.workspaces}
            write_atomically(path, json.dumps(text, indent=1, sort_keys=True) + "\n")
