"""Reads off an instruction's words what it lets go, what it brings in, what it leaves alone. It knows no grammar."""

from __future__ import annotations

import re
from functools import cached_property

_GONE = r"\b(?:remov|delet|drop|inlin|merg|replac|extract|split|mov|convert|turn)\w*"
_CHANGED = r"\b(?:chang|simplif|shorten|reduc|refactor|rewrit|clean|use|comprehension|instead|rather)\w*"
_RENAMED = r"\b(?:re)?nam(?:e|es|ed|ing)\b|\bcall(?:ed)? it\b"
_SIGNATURE = r"\b(?:param|arg|signature|option|keyword|flag|input|accept|tak|pass|default|generic|config|inject)\w*"
_STUBS = r"\b(?:stub|todo|placeholder|skeleton|empty|not implemented|notimplemented)\w*"
_ADDS = (
    r"^\s*(?:please\s+)?(?:also\s+)?(?:add|raise|throw|print|log|check|validate|document|comment|insert|include|warn"
    r"|guard|handle|annotate|assert)\b"
)
_GUARDS = (
    r"^\s*(?:please\s+)?(?:also\s+)?(?:raise|throw|check|validate|guard|assert|return)\b"
    r".*\b(?:if|when|unless|that|for)\b"
)
_FURTHER = r"\b(?:tests?|examples?|helpers?|main|usage|split|extract|call|another|second)\b"
_PROSE = (
    r"\b(?:doc|comment|typo|spell|word|text|sentence|explain|descri|note|todo|fixme|header|licen[sc]e|grammar|translat"
    r"|capital|format|indent|wrap|align|blank|whitespace|line|punctuat|english)\w*"
)
_WRITES = r"\b(?:add|write|insert)\b.*?"
# What an instruction brings up, and what the answer then has more of.
_SIGNS = (
    (_WRITES + r"\b(?:docstring|documentation|comment|javadoc|jsdoc)s?\b", r"\"\"\"|'''|#|//|/\*"),
    (_WRITES + r"\b(?:type hints?|type annotations?|annotations?)\b", r":\s*[\w\[]|->"),
    (r"^\s*print\b|\bprint (?:a|an|the|each|every|it)\b", r"print|console\.log|echo"),
    (r"^\s*log\b|\blog (?:a|an|the|each|every|it)\b", r"log|print"),
)
# Words that are code: in backticks, dotted, of several parts, with capitals inside, called.
_CODE_WORD = re.compile(
    r"`([^`\n]+)`|\b([A-Za-z_]\w*(?:\.\w+)+)\b|\b([A-Za-z]\w*_\w+)\b|\b([A-Za-z]+[a-z0-9][A-Z]\w*)\b|\b([A-Za-z_]\w*)\("
)
_AWAY = re.compile(r"\b(?:instead of|remov\w*|delet\w*|drop\w*|without|avoid\w*|not|replac\w*|from|no)\s+(?:\w+\s+)?$")


class Instruction:
    """One instruction. Its properties are guesses from words, used only to withhold less."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _says(self, pattern: str) -> bool:
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    @cached_property
    def drops_names(self) -> bool:
        """Whether definitions may go or get other names."""
        return self._says(_GONE) or self.renames

    @cached_property
    def renames(self) -> bool:
        """Whether names may change."""
        return self._says(_RENAMED)

    @cached_property
    def drops_lines(self) -> bool:
        """Whether most of the lines may go."""
        return self._says(_GONE) or self._says(_CHANGED)

    @cached_property
    def adds_only(self) -> bool:
        """Whether something comes in and all else stays."""
        return self._says(_ADDS) and not self.drops_lines

    @cached_property
    def words_alone(self) -> bool:
        """Whether comments, documentation or the layout may be all that changes."""
        return self._says(_PROSE)

    @cached_property
    def guards(self) -> bool:
        """Whether what comes in belongs at the start of a function: a check of its arguments."""
        return self._says(_GUARDS)

    @cached_property
    def changes_signatures(self) -> bool:
        """Whether parameters may change."""
        return self._says(_SIGNATURE) or self.renames

    @cached_property
    def allows_stubs(self) -> bool:
        """Whether work may be left undone."""
        return self._says(_STUBS)

    @cached_property
    def wants_more(self) -> bool:
        """Whether further definitions may come with the answer."""
        return self._says(_FURTHER) or self._says(_GONE)

    @cached_property
    def recurses(self) -> bool:
        """Whether a function may come to call itself."""
        return self._says(r"\brecurs")

    def names(self, word: str) -> bool:
        """Tell whether a word is brought up."""
        return re.search(rf"\b{re.escape(word)}", self.text, re.IGNORECASE) is not None

    def missing(self, old: str, new: str) -> str:
        """Return what the instruction brings in and `new` has not got, in place of `old`."""
        for asked, sign in _SIGNS:
            found = re.search(asked, self.text, re.IGNORECASE)
            if found is not None and len(re.findall(sign, new)) <= len(re.findall(sign, old)):
                return found[0]
        words = []
        for found in _CODE_WORD.finditer(self.text):
            word = next(group for group in found.groups() if group is not None).rstrip("()")
            if word and word not in old and not _AWAY.search(self.text[: found.start()].lower()):
                words.append(word)
        return words[0] if words and not any(word in new for word in words) else ""
