"""A file as augmentation looks at it: its text, lines and syntax tree, with offsets in characters."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aigc_finetune.types import CorpusFile
from aigc_plugins.syntax import PLAIN, Language, SyntaxTree, language_for

if TYPE_CHECKING:
    import tree_sitter


class Source:
    """One file. `text` may be a refactored variant of the file's own; `variant` names the refactoring then."""

    def __init__(self, file: CorpusFile, text: str | None = None, variant: str = "") -> None:
        self.file = file
        self.variant = variant
        self.text = file.text if text is None else text

    @cached_property
    def language(self) -> Language:
        """The file's language; plain text where it is not known."""
        return language_for(self.file.language, PurePosixPath(self.file.path)) or PLAIN

    @cached_property
    def root(self) -> tree_sitter.Node | None:
        """The root of the syntax tree, None without a grammar."""
        return SyntaxTree(self.language, self.text).root if self.language.has_grammar else None

    @cached_property
    def line_starts(self) -> list[int]:
        """The offsets at which lines start; only `\\n` ends a line."""
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @cached_property
    def definitions(self) -> list[int]:
        """The offsets of lines that start a definition, in order."""
        return self.language.definitions(self.text, 0, len(self.text)) if self.language is not PLAIN else []

    @cached_property
    def _bytes(self) -> npt.NDArray[np.int64] | None:
        """The UTF-8 offset of each character and of the end, shape (characters + 1,); None where all are ASCII."""
        if self.text.isascii():
            return None
        points = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        sizes = 1 + (points > 0x7F).astype(np.int64) + (points > 0x7FF) + (points > 0xFFFF)
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))

    def byte_of(self, offset: int) -> int:
        """Return the UTF-8 byte of a character offset."""
        return offset if self._bytes is None else int(self._bytes[offset])

    def offset_of(self, byte: int) -> int:
        """Return the character offset of a UTF-8 byte; inside a character, that of its start."""
        return byte if self._bytes is None else int(np.searchsorted(self._bytes, byte, side="right")) - 1
