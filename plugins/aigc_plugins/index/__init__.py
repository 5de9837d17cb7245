"""The index of a workspace: its chunks and symbols in SQLite, kept in the user's cache, and the view of it with what
is open in the editor. Which of that goes into a prompt is not decided here."""

from aigc_plugins.index.build import Indexer, Report
from aigc_plugins.index.limits import IndexUnavailableError, Limits, database_of
from aigc_plugins.index.workspace import IndexedWorkspace

__all__ = ["IndexUnavailableError", "IndexedWorkspace", "Indexer", "Limits", "Report", "database_of"]
