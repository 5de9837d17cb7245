"""Context for prompts from the workspace: the built-in providers, and the budgeter that packs what they find."""

from aigc_plugins.context.assemble import ContextAssembler, Counters
from aigc_plugins.context.definitions import DefinitionsProvider
from aigc_plugins.context.edits import RecentEditsProvider
from aigc_plugins.context.heads import ImportsProvider
from aigc_plugins.context.opened import OpenFilesProvider
from aigc_plugins.context.sibling import SiblingProvider
from aigc_plugins.context.similar import SimilarCodeProvider

__all__ = [
    "ContextAssembler",
    "Counters",
    "DefinitionsProvider",
    "ImportsProvider",
    "OpenFilesProvider",
    "RecentEditsProvider",
    "SiblingProvider",
    "SimilarCodeProvider",
]
