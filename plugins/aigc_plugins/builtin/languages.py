"""Built-in plugin: the bundled languages. Their data lie beside `aigc_plugins.syntax`."""

from __future__ import annotations

from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.syntax import Language, bundled_languages


@hookimpl
def aigc_languages() -> list[Language]:
    """Offer every bundled language."""
    return list(bundled_languages())
