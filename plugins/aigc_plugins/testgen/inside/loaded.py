"""Loads the module under test with its probes and mutants, under its own name. Calling it is for `execute`."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Sequence
from typing import Any

from aigc_plugins.testgen.inside.instrument import instrument
from aigc_plugins.testgen.inside.loaded_probes import EndlessError, Loaded, LoadError

__all__ = ["EndlessError", "LoadError", "Loaded", "install", "load"]


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, loaded: Loaded, text: str, file: str) -> None:
        super().__init__(loaded.name, file)
        self._loaded, self._text = loaded, text

    def get_source(self, fullname: str) -> str:
        return self._text

    def get_code(self, fullname: str) -> types.CodeType:
        return self._loaded.code

    def exec_module(self, module: types.ModuleType) -> None:
        self._loaded.attach(module.__dict__)
        exec(self._loaded.code, module.__dict__)  # noqa: S102


class _Finder(importlib.abc.MetaPathFinder):
    """Serves one module: the instrumented one."""

    def __init__(self, loaded: Loaded, text: str, file: str) -> None:
        self._loaded, self._text, self._file = loaded, text, file

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._loaded.name:
            return None
        folder, base = os.path.split(self._file)
        return importlib.util.spec_from_file_location(
            fullname,
            self._file,
            loader=_Loader(self._loaded, self._text, self._file),
            submodule_search_locations=[folder] if base == "__init__.py" else None,
        )


def install(text: str, name: str, file: str) -> Loaded:
    """Have the next import of `name` give the instrumented module of this text.

    What is imported of it already is forgotten, with the rest of its package, which holds parts of it: importing that
    again gives new modules. `Loaded.module` is there after the import.

    Raises:
        LoadError: the text is no Python.
    """
    try:
        loaded = Loaded(instrument(text, file), name)
    except (SyntaxError, ValueError) as error:
        raise LoadError(f"{type(error).__name__}: {error}") from None
    sys.meta_path.insert(0, _Finder(loaded, text, file))
    _forget(name)
    return loaded


def _forget(name: str) -> None:
    if name not in sys.modules:
        return
    top = name.partition(".")[0]
    # parts of the interpreter, and what runs right here, must go on as they are
    keep = (
        ("aigc_plugins.testgen",)
        if top == "aigc_plugins"
        else (top,)
        if top in ("importlib", "os", "encodings")
        else ()
    )
    for one in list(sys.modules):
        if one.partition(".")[0] == top and not any(one == kept or one.startswith(f"{kept}.") for kept in keep):
            del sys.modules[one]
    sys.modules.pop(name, None)


def load(text: str, name: str, file: str, path: Sequence[str] = ()) -> Loaded:
    """Import a module instrumented, with the folders `path` first in `sys.path`.

    Raises:
        LoadError: the text is no Python, importing it failed, or `name` leads to another file.
    """
    loaded = install(text, name, file)
    sys.path[:0] = [one for one in path if one not in sys.path]
    importlib.invalidate_caches()
    try:
        importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a script that runs at once
        raise LoadError(f"importing {name}: {type(error).__name__}: {error}") from error
    if not loaded.is_imported:
        raise LoadError(f"importing {name} gave another module")
    return loaded
