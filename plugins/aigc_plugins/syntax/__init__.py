"""Syntax trees and languages as data. Grammars are imported when the first text of their language is parsed."""

from aigc_plugins.syntax.language import PLAIN, Language, bundled_languages, load_language, load_languages
from aigc_plugins.syntax.region import Region, region_at
from aigc_plugins.syntax.registry import LanguageRegistry, language_for, use_languages
from aigc_plugins.syntax.tree import SyntaxTree, ancestors

__all__ = [
    "PLAIN",
    "Language",
    "LanguageRegistry",
    "Region",
    "SyntaxTree",
    "ancestors",
    "bundled_languages",
    "language_for",
    "load_language",
    "load_languages",
    "region_at",
    "use_languages",
]
