"""What the refactoring tasks share: where the cursor or the selection is, and how a new name gets into a new text."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from aigc_plugins.action import ActionTask, WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.refactor.apart import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tree_sitter

    from aigc_plugins.api import Change, Job, Place
    from aigc_plugins.document import Snapshot

OTHERS = ("javascript", "typescript", "tsx", "go", "java")
_NAMES = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")


class RefactorTask(ActionTask):
    """A refactoring: Python's is done by rope in a process of its own, that of other languages by their trees."""

    languages: Sequence[str] = ("python", *OTHERS)
    cost = "seconds"

    def run(self, place: Place, job: Job) -> Change:
        """Do the refactoring, or raise WithheldError with the reason."""
        return self.python(place, job) if place.language == "python" else self.other(place, job)

    @abstractmethod
    def python(self, place: Place, job: Job) -> Change:
        """Do it for Python."""

    @abstractmethod
    def other(self, place: Place, job: Job) -> Change:
        """Do it for another language."""


class Text:
    """The place's text with LF line ends, and the place in it."""

    def __init__(self, place: Place) -> None:
        if place.snapshot.text.startswith("\ufeff"):
            raise WithheldError("The file begins with a byte order mark, which is not read here. Save it without one.")
        self.lines = Lines(place.snapshot.text)
        self.text = self.lines.text
        self.start = self.lines.to(place.start)
        self.end = self.lines.to(place.end)
        path = place.snapshot.path
        self.file = path.resolve() if path is not None else None

    def change(self, new: str, note: str) -> Change:
        """Return the change that makes `new` of the text."""
        from aigc_plugins.api import Change

        return Change(self.lines.edits(new), note=note)


def replaced(text: str, word: str, name: str) -> str:
    """Return a text with every whole `word` replaced by `name`."""
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: name, text)


def name_at(place: Place, kinds: tuple[str, ...] = _NAMES) -> tree_sitter.Node | None:
    """Return the name that the cursor is in or behind of, or that is selected; None in any other place."""
    tree = place.snapshot.tree
    if tree is None:
        return None
    for start in (place.start, place.start - 1) if place.start == place.end else (place.start,):
        if start >= 0:
            node = tree.node_at(start, max(place.end, start + 1) if place.start != place.end else start + 1)
            if node.type in kinds:
                return node
    return None


def in_function(snapshot: Snapshot, node: tree_sitter.Node) -> bool:
    """Tell whether a node is in the body of a function."""
    language = snapshot.language
    return language is not None and any(one.type in language.function_nodes for one in ancestors(node.parent))


def selected_node(place: Place) -> tree_sitter.Node | None:
    """Return the smallest node that covers exactly what is selected, blanks aside; None where there is none."""
    tree, text = place.snapshot.tree, place.snapshot.text
    start, end = trimmed(text, place.start, place.end)
    if tree is None or start == end:
        return None
    node = tree.node_at(start, end)
    return node if (tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)) == (start, end) else None


def selects_statements(place: Place) -> bool:
    """Tell whether the selection starts where a statement of a block starts, and ends where one of it ends."""
    tree, text = place.snapshot.tree, place.snapshot.text
    language = place.snapshot.language
    start, end = trimmed(text, place.start, place.end)
    if tree is None or language is None or start == end:
        return False
    first, last = tree.byte_of(start), tree.byte_of(end)
    for node in ancestors(tree.node_at(start, end)):
        if node.type in language.block_nodes:
            children = node.named_children
            return any(one.start_byte == first for one in children) and any(one.end_byte == last for one in children)
    return False


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return [start, end) without the blanks at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
