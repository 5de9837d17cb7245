"""A scenario while it is being written: its statements and imports, and the names of things of other modules."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from typing import Any


class Draft:
    """Statements and imports. `names` are those of the module under test, which stand bare; `used` are the ways of
    making objects that were taken, for whoever learns which ones work."""

    def __init__(self, names: Mapping[str, Any], module: str = "") -> None:
        self._names, self._module = names, module
        self.arrange: list[str] = []
        self.imports: dict[str, None] = {}
        self.used: list[Any] = []
        self._taken: set[str] = set()

    def fresh(self, base: str) -> str:
        """Return a variable's name like `base` that nothing else has."""
        base = (
            re.sub(r"\W", "", re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", base)).lower().strip("_")
        )
        base = base if base and not base[0].isdigit() else "value"
        name, count = base, 1
        while name in self._taken or name in self._names or keyword.iskeyword(name) or name in _RESERVED:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return name

    def imported(self, module: str) -> str:
        """Import a module; return how it is called."""
        self.imports.setdefault(f"import {module}")
        return module

    def name_of(self, thing: Any) -> str:
        """Return how a class or function is called here, importing it where the module under test has it not; empty
        where no name leads to it."""
        module, path = getattr(thing, "__module__", None) or "", getattr(thing, "__qualname__", "")
        if not path or "<" in path:
            return ""
        root = path.partition(".")[0]
        if self._reaches(self._names, path, thing):
            return str(path)
        if module == "builtins" or not module:
            return str(path)
        if not self._reaches(getattr(sys.modules.get(module), "__dict__", {}), path, thing):
            return ""
        if module == "__main__" or module == self._module:
            return ""
        if root in self._names:
            return f"{self.imported(module)}.{path}"
        self.imports.setdefault(f"from {module} import {root}")
        return str(path)

    def _reaches(self, names: Mapping[str, Any], path: str, thing: Any) -> bool:
        root, *rest = path.split(".")
        found = names.get(root)
        for part in rest:
            found = getattr(found, "__dict__", {}).get(part)
        return found is thing


_RESERVED = frozenset(
    ("result", "printed", "tmp_path", "pytest", "asyncio", "self", "print", "list", "dict", "set", "str", "int",
     "float", "tuple", "type", "object", "len", "iter", "next", "bool", "bytes")
)  # fmt: skip
