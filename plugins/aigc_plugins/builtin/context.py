"""The built-in context providers, as a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from aigc_plugins.api import ContextProvider


@hookimpl
def aigc_context_providers() -> list[ContextProvider]:
    """Return the sources of snippets, each new: they keep what they know of one session's workspace."""
    from aigc_plugins.context import (
        DefinitionsProvider,
        ImportsProvider,
        OpenFilesProvider,
        RecentEditsProvider,
        SiblingProvider,
        SimilarCodeProvider,
    )

    return [
        DefinitionsProvider(),
        ImportsProvider(),
        SimilarCodeProvider(),
        RecentEditsProvider(),
        SiblingProvider(),
        OpenFilesProvider(),
    ]
