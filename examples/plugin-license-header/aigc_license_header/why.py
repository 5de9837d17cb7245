"""The task `why-comment`: one line of comment above the selected code, written by the model."""

from __future__ import annotations

import re
from importlib.resources import files

from aigc_plugins.api import Edit, Job, ModelTask, Place, Request, Result, WithheldError
from aigc_plugins.syntax import SyntaxTree

LONGEST = 100  # characters of the comment
MOST_CODE = 4000  # characters that are shown to the model


class WhyComment(ModelTask):
    """Says in a comment what a block is for."""

    name = "why-comment"
    title = "Say in a comment what this block is for"
    kind = "refactor.rewrite.aigc"
    verified = "one line of comment; nothing else changes"

    def applies(self, place: Place) -> bool | str:
        """Offer it where lines are selected, in a language whose syntax is known."""
        language = place.snapshot.language
        return bool(place.selected.strip()) and place.snapshot.tree is not None and bool(language.line_comment)

    def ask(self, place: Place, job: Job) -> Request:
        """Return the request of the template `prompts/why-comment.toml`."""
        start = place.snapshot.text.rfind("\n", 0, place.start) + 1
        values = {"code": place.snapshot.text[start : place.end][:MOST_CODE]}
        return job.prompt("why-comment", values, folder=files(__package__) / "prompts")

    def enough(self, answer: str) -> bool:
        """Stop at the end of the line."""
        return "\n" in answer.lstrip()

    def read(self, place: Place, answer: str) -> Result:
        """Return the edit that puts the sentence above the line where the selection starts."""
        text, mark = place.snapshot.text, place.snapshot.language.line_comment
        sentence = " ".join((answer.strip().splitlines() or [""])[0].removeprefix(mark).split())
        if not 8 <= len(sentence) <= LONGEST or len(sentence.split()) < 3 or not re.match(r"[A-Za-z]", sentence):
            raise WithheldError("The model wrote no sentence.")
        if not long_words(sentence) & long_words(place.selected):
            raise WithheldError("The model speaks of something else.")
        start = text.rfind("\n", 0, place.start) + 1
        indent = re.match(r"[ \t]*", text[start:])[0]
        if f"{mark} {sentence}\n" in text:
            raise WithheldError("The model repeats a comment that is there already.")
        return [Edit(start, start, f"{indent}{mark} {sentence}\n")]

    def verify(self, place: Place, result: Result, job: Job) -> None:
        """Check that the new line is a comment, and everything else what it was."""
        (edit,) = result
        before, text = place.snapshot.tree, place.snapshot.text
        after = SyntaxTree(before.language, text[: edit.start] + edit.text + text[edit.end :])
        if words(after) != words(before) or len(comments(after)) != len(comments(before)) + 1:
            raise WithheldError("There is no place for a comment above the selection.")


def long_words(text: str) -> set[str]:
    """Return the words of four letters and more, without the `s` of a plural: what a sentence and code may share."""
    return {word.lower().rstrip("s") for word in re.findall(r"[A-Za-z][a-z]{3,}", text)}


def words(tree: SyntaxTree) -> list[bytes]:
    """Return the texts of a tree's leaves, without comments."""
    return [node.text for node in leaves(tree) if node.type not in tree.language.comment_nodes]


def comments(tree: SyntaxTree) -> list[bytes]:
    """Return the comments of a tree."""
    return [node.text for node in leaves(tree) if node.type in tree.language.comment_nodes]


def leaves(tree: SyntaxTree):
    """Yield what has nothing below it, and comments, in the order of the text."""
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if node.type in tree.language.comment_nodes or not node.children:
            yield node
        else:
            waiting += reversed(node.children)
