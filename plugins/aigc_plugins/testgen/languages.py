"""Which part of test generation is there for a language: how a module is analysed, and how its tests come about."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aigc_plugins.action import WithheldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.syntax import Language
    from aigc_plugins.testgen.parts import Generated, Subject

_PARTS = {
    "python": ("aigc_plugins.testgen.analysis", "aigc_plugins.testgen.loop"),
    **dict.fromkeys(("javascript", "typescript", "tsx"), ("aigc_plugins.testgen.script",) * 2),
    **dict.fromkeys(("go", "java"), ("aigc_plugins.testgen.tools",) * 2),
}
LANGUAGES = tuple(_PARTS)


def parts_for(language: Language | None) -> tuple[Callable[..., Subject], Callable[..., Generated]]:
    """Return `analyse` and `generate` for a language; they are called alike.

    Raises:
        WithheldError: no tests are generated for it.
    """
    names = _PARTS.get(language.name) if language is not None else None
    if names is None:
        here = (language.title or language.name) if language is not None else "this"
        raise WithheldError(f"Tests are generated for Python, JavaScript, TypeScript, Go and Java, not for {here}.")
    return import_module(names[0]).analyse, import_module(names[1]).generate
