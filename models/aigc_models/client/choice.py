"""Which adapter a request asks for: what the settings say, else what the user bound to the workspace or everything.

It is asked anew for each request, so that `aigc-lsp adapters use` holds from the next one on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aigc_models.store.bindings import NONE, Bindings, bindings_file, read_bindings

AUTO = "auto"


class AdapterChoice:
    """`setting` is `engine.adapter`: `auto`, `none`, a name, or the absolute path of a folder.

    `folders` gives the workspace's folders, `shipped` the adapter that the engine's model came with (or None). An
    engine at a URL has adapters of its own (`remote`): there, only a name in the settings counts.
    """

    def __init__(
        self,
        setting: str = AUTO,
        folders: Callable[[], Sequence[str | Path]] = lambda: (),
        shipped: Callable[[], str | None] = lambda: None,
        *,
        remote: bool = False,
    ) -> None:
        self._setting = setting
        self._folders = folders
        self._shipped = shipped
        self._remote = remote
        self._bindings = Bindings()
        self._stamp: tuple[int, int, int] | None = None

    def __call__(self) -> str | None:
        """Return the adapter's name, or None for the model alone."""
        if self._setting != AUTO:
            return None if self._setting == NONE else self._setting
        if self._remote:
            return None
        name, _ = self._bound().at(self._folders())
        if name is None:
            return self._shipped()
        return None if name == NONE else name

    @property
    def fixed(self) -> bool:
        """Tell whether the settings name it, so that bindings change nothing."""
        return self._setting != AUTO

    def where(self) -> str | None:
        """Return the workspace whose binding decides, None where none does."""
        return self._bound().at(self._folders())[1]

    def _bound(self) -> Bindings:
        try:
            status = bindings_file().stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            stamp = None
        if stamp != self._stamp:
            self._bindings, self._stamp = (read_bindings() if stamp else Bindings()), stamp
        return self._bindings
