"""Next-token prediction as a classification: does a model know what kind of token comes next?

The classes are those of the syntax: identifier, keyword, operator, literal, comment, layout. The class of a token that
is there is that of the leaf of the syntax tree it belongs to; the class of a token that is predicted instead is found
by parsing the text with it in that place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aigc_finetune.evaluate.reading import Reading, read, said

if TYPE_CHECKING:
    import tree_sitter

    from aigc_finetune.encode.tokenizer import Tokenizer
    from aigc_finetune.types import CorpusFile
    from aigc_plugins.syntax import Language

CLASSES = ("identifier", "keyword", "operator", "literal", "comment", "layout")
_LAYOUT = CLASSES.index("layout")
_REPARSED = 4000  # bytes before a predicted token that are parsed with it
Matrix = npt.NDArray[np.int64]


def class_figures(
    model: Any, tokenizer: Tokenizer, files: Iterable[CorpusFile], *, context_length: int = 512, tokens: int = 5000
) -> dict[str, Any]:
    """Return accuracy over tokens and the figures of `classification` over the classes of tokens.

    At most `tokens` tokens are looked at, from the beginning of each window of `context_length` on; files without a
    grammar are passed over. `exact` is the share of tokens predicted exactly, `tokens` their number.
    """
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    right = 0
    for language, reading in _readable(tokenizer, files):
        there = token_classes(language, reading)
        for start in range(0, len(reading) - 1, context_length - 1):
            ids = reading.ids[start : start + context_length]
            best = said(model, ids).best
            for place, token in enumerate(best, start + 1):
                same = int(token) == reading.ids[place]
                right += same
                predicted = there[place] if same else _predicted(tokenizer, language, reading, place, int(token))
                confusion[there[place], predicted] += 1
                if confusion.sum() >= tokens:
                    return _summary(confusion, right)
    return _summary(confusion, right)


def _summary(confusion: Matrix, right: int) -> dict[str, Any]:
    count = int(confusion.sum())
    return {"tokens": count, "exact": right / count if count else None, **classification(confusion, CLASSES)}


def classification(confusion: Matrix, names: tuple[str, ...]) -> dict[str, Any]:
    """Return accuracy, and precision, recall and F1 for each class and as their plain means (macro).

    `confusion[i, j]` counts what is of class i and was predicted as class j. Classes that neither occur nor are
    predicted are left out of the means; a class that is never predicted has precision 0.
    """
    hits = np.diag(confusion).astype(np.float64)
    there, predicted = confusion.sum(1), confusion.sum(0)
    precision, recall = hits / np.maximum(predicted, 1), hits / np.maximum(there, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(np.float64).tiny)
    seen = (there + predicted) > 0
    columns = {"precision": precision, "recall": recall, "f1": f1}
    by_class = {
        name: {"tokens": int(there[at]), **{title: float(one[at]) for title, one in columns.items()}}
        for at, name in enumerate(names)
        if seen[at]
    }
    macro = {title: float(one[seen].mean()) if seen.any() else None for title, one in columns.items()}
    total = int(confusion.sum())
    return {"accuracy": float(hits.sum()) / total if total else None, "macro": macro, "by_class": by_class}


def token_classes(language: Language, reading: Reading) -> list[int]:
    """Return the class of each token of a reading: that of the leaf in which its first letter lies."""
    from aigc_plugins.syntax import SyntaxTree

    tree = SyntaxTree(language, reading.data.decode("utf-8", "replace"))
    leaves = [(leaf.start_byte, leaf.end_byte, _class_of(leaf, language)) for leaf in _leaves(tree.root, language)]
    found, at = [], 0
    for start, end in zip(reading.starts[:-1], reading.starts[1:], strict=True):
        piece = reading.data[start:end]
        first = start + len(piece) - len(piece.lstrip())
        while at < len(leaves) and leaves[at][1] <= first:
            at += 1
        inside = first < end and at < len(leaves) and leaves[at][0] <= first
        within = at < len(leaves) and leaves[at][0] <= start < leaves[at][1]  # white space inside a string or comment
        found.append(leaves[at][2] if inside or within else _LAYOUT)
    return found


def _predicted(tokenizer: Tokenizer, language: Language, reading: Reading, place: int, token: int) -> int:
    """Return the class that a token has behind the text before `place`."""
    piece = tokenizer.vocabulary.token_bytes(token)
    end = int(reading.starts[place])
    before = reading.data[max(0, end - _REPARSED) : end]
    guessed = Reading([0, 1], np.array([0, len(before), len(before) + len(piece)]), before + piece)
    return token_classes(language, guessed)[1] if piece.strip() else _LAYOUT


def _leaves(root: tree_sitter.Node, language: Language) -> Iterator[tree_sitter.Node]:
    """Yield the leaves in order; strings without code in them and comments are leaves, however they are built."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.child_count and node.type not in language.comment_nodes:
            waiting += reversed(node.children)
        elif node.end_byte > node.start_byte:
            yield node


def _class_of(leaf: tree_sitter.Node, language: Language) -> int:
    return CLASSES.index(_class_name(leaf, language))


def _class_name(leaf: tree_sitter.Node, language: Language) -> str:
    kind = leaf.type
    if kind in language.comment_nodes or "comment" in kind:
        return "comment"
    text = leaf.text or b""
    if not leaf.is_named:
        quote = kind in ('"', "'", "`", '"""')
        return "literal" if quote else "keyword" if text[:1].isalpha() else "operator"
    if kind.endswith("identifier") or kind in ("name", "word"):
        return "identifier"
    if kind in ("ERROR", "type_conversion"):
        return "operator" if not text[:1].isalnum() else "identifier"
    return "keyword" if kind in ("true", "false", "none", "null", "nil", "self", "this", "super") else "literal"


def _readable(tokenizer: Tokenizer, files: Iterable[CorpusFile]) -> Iterator[tuple[Language, Reading]]:
    from aigc_plugins.syntax import language_for

    for file in files:
        language = language_for(file.language, PurePosixPath(file.path))
        reading = read(tokenizer, file.text)
        if language is not None and language.has_grammar and reading is not None and len(reading) > 1:
            yield language, reading
