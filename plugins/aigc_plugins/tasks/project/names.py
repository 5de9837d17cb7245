"""Makes names for generated code out of words of a description. Which things are to be named is not known here."""

from __future__ import annotations

import builtins
import keyword
import re
import sys

LONGEST = 40
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "feet": "foot",
    "movies": "movie", "cookies": "cookie", "series": "series", "news": "news", "media": "media", "data": "data",
    "shoes": "shoe", "leaves": "leaf", "shelves": "shelf", "knives": "knife", "lives": "life", "wolves": "wolf",
    "analyses": "analysis", "quizzes": "quiz", "indices": "index",
}  # fmt: skip
_PLURALS = {one: many for many, one in _IRREGULAR.items()}
# Names that the frame uses itself, or that a dataclass may not have.
_TAKEN_CLASSES = frozenset(
    ("Any", "Api", "ClassVar", "FunctionsTest", "InvalidError", "Path", "RESOURCES", "Resource", "Self", "Store")
)
_TAKEN_FIELDS = frozenset(("id", "collection", "operations", "types", "changed", "from_json", "to_json"))
_TAKEN_PACKAGES = frozenset(("src", "tests", "test", "support", "dist", "build", "aigc_lsp", "aigc_plugins", "pip"))
_TAKEN_COLLECTIONS = frozenset(("functions", "health", "sqlite_sequence"))
_TAKEN_FUNCTIONS = frozenset(("Any", "Callable", "FUNCTIONS", "main", "call"))


def words_of(text: str) -> list[str]:
    """Return the words of a name or a phrase in lower case: `dueDate`, `due-date` and `due date` are alike."""
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", parted)]


def snake(text: str) -> str:
    """Return a phrase as an identifier in snake case, empty where it has no letter to begin with."""
    name = "_".join(words_of(text)).lstrip("0123456789_")[:LONGEST].rstrip("_")
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name


def singular(word: str) -> str:
    """Return an English noun in the singular; one that seems to be so already stays."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"[^aeo]uses$", word):  # statuses, not houses
        return word[:-2]
    if re.search(r"(?:[sxz]|[cs]h)es$", word) and not re.search(r"(?:[aeiou]s|ous|[aeiu]ch|z|rs|ns)es$", word):
        return word[:-2]
    if re.search(r"(?:ss|us|is|s's)$", word) or not word.endswith("s") or len(word) < 4:
        return word
    return word[:-1]


def plural(word: str) -> str:
    """Return an English noun in the plural."""
    if word in _PLURALS:
        return _PLURALS[word]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:[sxz]|[cs]h)$", word) else "s")


def with_article(phrase: str) -> str:
    """Return a phrase with `a` or `an` before it."""
    return f"{'an' if phrase[:1] in tuple('aeio') else 'a'} {phrase}"


def resource_name(text: str) -> str:
    """Return the name of a resource, singular and in snake case; empty where there is none in the text."""
    parts = snake(text).rstrip("_").split("_")
    return "_".join([*parts[:-1], singular(parts[-1])])


def collection_name(resource: str) -> str:
    """Return the name under which the API has the resources of a name."""
    parts = resource.split("_")
    name = "_".join([*parts[:-1], plural(parts[-1])])
    return f"{name}_list" if name in _TAKEN_COLLECTIONS else name


def class_name(resource: str) -> str:
    """Return the name of a resource's class."""
    name = "".join(part.capitalize() for part in resource.split("_"))
    return f"{name}Record" if name in _TAKEN_CLASSES or keyword.iskeyword(name) or hasattr(builtins, name) else name


def field_name(text: str) -> str:
    """Return the name of a field, empty where there is none in the text, or it is one that the store gives."""
    name = snake(text)
    return f"{name}_value" if name in _TAKEN_FIELDS - {"id"} else "" if name == "id" else name


def function_name(text: str) -> str:
    """Return the name of a function, empty where the text is no identifier that may be used."""
    usable = text.isidentifier() and text.isascii() and not text.startswith("_") and len(text) <= LONGEST
    taken = keyword.iskeyword(text) or hasattr(builtins, text) or text in _TAKEN_FUNCTIONS
    return text if usable and not taken and text not in sys.stdlib_module_names else ""


def package_name(text: str) -> str:
    """Return the name of the project's package; empty where the text has no letter to begin with."""
    name = snake(text).rstrip("_")
    if not name:
        return ""
    taken = name in _TAKEN_PACKAGES or name in sys.stdlib_module_names or hasattr(builtins, name)
    return f"{name}_app" if taken or keyword.iskeyword(name) or keyword.issoftkeyword(name) else name
