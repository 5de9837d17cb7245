"""Finds out how a class, a function, a constant or a module is called in a test, and which import that needs.

What the module under test knows by a name is called by that name; the rest comes by imports of public modules.
"""

from __future__ import annotations

import builtins
import importlib
import re
import sys
import types
from typing import Any

_NAMELESS = (int, float, complex, str, bytes, bytearray, bool, type(None), list, tuple, dict, set, frozenset)


class UnwritableError(Exception):
    """There is no expression for a value."""


class Names:
    """Names of one test. `namespace` is what the test sees: the module's names, its imports, what it arranges; it grows
    by what is imported. `imports` collects whole statements, each with the name that it binds."""

    def __init__(self, module: types.ModuleType, namespace: dict[str, Any]) -> None:
        self._module, self.namespace = module, namespace
        self.imports: dict[str, str] = {}
        self._found: dict[int, tuple[str, Any]] | None = None

    def of(self, thing: Any) -> str:
        """Return the name of a class, function, module or another thing that a module holds.

        Raises:
            UnwritableError: a test cannot name it.
        """
        if isinstance(thing, types.ModuleType):
            return self._module_name(thing)
        name = str(getattr(thing, "__qualname__", getattr(thing, "__name__", "")))
        if name.isidentifier() and getattr(builtins, name, None) is thing and name not in self.namespace:
            return name
        bound = self.bound(thing)
        if bound:
            return bound
        if not name or "<" in name:
            raise UnwritableError(f"{name or type(thing).__name__} has no name")
        return self._by_module(thing, name)

    def bound(self, thing: Any) -> str:
        """Return the name that the test's namespace has for this very thing, empty where there is none."""
        if isinstance(thing, _NAMELESS):
            return ""
        if self._found is None:
            self._found = {}
            for name, one in self.namespace.items():
                known = self._found.get(id(one))
                if known is None or _worse(known[0], name, one):
                    self._found[id(one)] = (name, one)
        found = self._found.get(id(thing), ("", None))[0]
        if not found.isidentifier() or (found.startswith("__") and found.endswith("__")):
            return ""
        home = getattr(thing, "__module__", None)
        if isinstance(home, str) and home != self._module.__name__ and vars(self._module).get(found) is thing:
            home = self._public(home, found, thing)
            if home:
                self.imports[f"from {home} import {found}"] = found
        return found

    def _by_module(self, thing: Any, name: str) -> str:
        home = str(getattr(thing, "__module__", None) or "")
        if home == "builtins":  # a type that has no name there: `types` may have one
            name = next((key for key, one in vars(types).items() if one is thing), "")
            home = "types"
        root, _, rest = name.partition(".")
        top = getattr(sys.modules.get(home), root, None)
        if not name or top is None or _walk(top, rest) is not thing:
            raise UnwritableError(f"{home}.{name} cannot be imported")
        if rest:
            return f"{self.of(top)}.{rest}"
        public = self._public(home, root, thing)
        if not public:
            raise UnwritableError(f"{home}.{name} is private")
        if "." not in public and self._free(public, sys.modules[public]):
            self._bind(f"import {public}", public, sys.modules[public])
            return f"{public}.{root}"
        if not self._free(root, thing):
            raise UnwritableError(f"another {root} is in the way")
        self._bind(f"from {public} import {root}", root, thing)
        return root

    def _public(self, home: str, name: str, thing: Any) -> str:
        """Return the module to import it from: the shortest that has it, one without an underscore if possible."""
        parts = home.split(".")
        choices = [".".join(parts[:count]) for count in range(1, len(parts))]
        choices += [home] if not any(part.startswith("_") for part in parts) else []
        choices += [".".join(part.lstrip("_") or part for part in parts), home]
        for one in choices:
            if one not in ("builtins", "__main__") and getattr(sys.modules.get(one), name, None) is thing:
                return one
        return ""

    def _module_name(self, module: types.ModuleType) -> str:
        name = module.__name__
        bound = next((key for key, one in self.namespace.items() if one is module and key.isidentifier()), "")
        if bound and "." in name:
            return bound
        if sys.modules.get(name) is not module or not self._free(
            name.partition(".")[0], sys.modules[name.split(".")[0]]
        ):
            raise UnwritableError(f"the module {name} cannot be named")
        self._bind(f"import {name}", name.partition(".")[0], sys.modules[name.split(".")[0]])
        return name

    def imported(self, name: str) -> str:
        """Import a module of the standard library; return how it is called."""
        return self._module_name(importlib.import_module(name))

    def _free(self, name: str, thing: Any) -> bool:
        return name not in self.namespace or self.namespace[name] is thing

    def _bind(self, statement: str, name: str, thing: Any) -> None:
        self.imports[statement] = name
        self.namespace[name] = thing

    def needed(self, *texts: str) -> tuple[str, ...]:
        """Return the imports whose names occur in these expressions, sorted."""
        words = set(re.findall(r"[^\W\d]\w*", "\n".join(texts)))
        return tuple(sorted(one for one, name in self.imports.items() if name in words))


def _walk(thing: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        thing = getattr(thing, name, None)
    return thing


def _worse(old: str, new: str, thing: Any) -> bool:
    """Tell whether a new name is better than the old one: its own name is, and a public one."""
    own = getattr(thing, "__name__", None)
    return (old != own, old.startswith("_")) > (new != own, new.startswith("_"))
