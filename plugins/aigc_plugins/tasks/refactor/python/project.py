"""A rope project in a folder of its own, which holds copies: rope sees these texts, no configuration, no other file.

rope runs the workspace's `.ropeproject/config.py` and imports what a `pyproject.toml` names where it is let; nothing
of that is read here, no module is imported, and the interpreter's packages are not looked at.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rope.base.exceptions import RopeError
from rope.base.fscommands import FileSystemCommands
from rope.base.prefs import Prefs
from rope.base.project import Project

from aigc_plugins.tasks.refactor.python.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Scratch(Project):  # type: ignore[misc]
    def _init_prefs(self, prefs: dict[str, Any]) -> None:
        self.prefs = Prefs(import_dynload_stdmods=False, automatic_soa=False, save_objectdb=False, save_history=False)
        self.prefs.add_callback("ignored_resources", self.ignored.set_patterns)
        self.ignored.set_patterns([])
        self._init_other_parts()

    def get_python_path_folders(self) -> list[Any]:
        return []


@contextmanager
def project(files: Mapping[str, str]) -> Iterator[Any]:
    """Give a project of these texts by relative path; rope's own refusals become RefusedError."""
    with tempfile.TemporaryDirectory(prefix="aigc-refactor-") as folder:
        for path, text in files.items():
            target = Path(folder, path)
            if not target.resolve().is_relative_to(Path(folder).resolve()):
                raise RefusedError(f"{path} lies outside of the workspace.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        try:
            yield _Scratch(folder, fscommands=FileSystemCommands(), ropefolder=None)
        except (RopeError, SyntaxError, RecursionError) as error:
            raise RefusedError(f"It cannot be done here: {error}") from None
        except (AttributeError, TypeError, KeyError, IndexError, AssertionError, ValueError) as error:
            raise RefusedError(f"rope gives up on this code ({type(error).__name__}: {error}).") from None


def changed(changes: Any) -> dict[str, str]:
    """Return the new texts of a change set by path."""
    return {change.resource.path: change.new_contents for change in changes.changes if change.new_contents is not None}
