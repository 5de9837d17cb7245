"""Which language a document is written in. The plugin manager fills it; it reads no plugin itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from aigc_plugins.syntax.language import Language, bundled_languages


class LanguageRegistry:
    """The known languages, found by LSP language id or file name; of two that claim one, the later one has it."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self.languages = tuple(languages)
        self._by_id = {key.lower(): lang for lang in self.languages for key in (lang.name, *lang.ids)}
        self._by_filename = {name: lang for lang in self.languages for name in lang.filenames}
        self._by_extension = {ext.lower(): lang for lang in self.languages for ext in lang.extensions}

    def find(self, language_id: str, path: PurePath | None = None) -> Language | None:
        """Return the language of an LSP id, else of a file name, else None."""
        found = self._by_id.get(language_id.lower())
        if found is not None or path is None:
            return found
        return self._by_filename.get(path.name) or self._by_extension.get(path.suffix.lower())


_active: LanguageRegistry | None = None


def use_languages(languages: Iterable[Language]) -> LanguageRegistry:
    """Make these the languages that `language_for` knows; the plugin manager calls it once plugins are loaded."""
    global _active
    _active = LanguageRegistry(languages)
    return _active


def language_for(language_id: str, path: PurePath | None = None) -> Language | None:
    """Return the language of a document, None if unknown; before plugins are loaded, only the bundled ones count."""
    return active().find(language_id, path)


def active() -> LanguageRegistry:
    """Return the registry in use; before plugins are loaded, that of the bundled languages."""
    return _active or use_languages(bundled_languages())
