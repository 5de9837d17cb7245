"""Settings: one typed model, and how it is filled from files and editors. Nothing here knows LSP."""

from aigc_lsp.settings.load import Loaded, load_settings, user_file
from aigc_lsp.settings.model import (
    CompletionSettings,
    EngineSettings,
    LogSettings,
    PluginSettings,
    Settings,
)

__all__ = [
    "CompletionSettings",
    "EngineSettings",
    "Loaded",
    "LogSettings",
    "PluginSettings",
    "Settings",
    "load_settings",
    "user_file",
]
