"""Inline a variable or a function. What is exact, and what is refused, is decided where the text is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.refactor.apart import refactored
from aigc_plugins.tasks.refactor.base import RefactorTask, Text, in_function, name_at
from aigc_plugins.tasks.refactor.files import files_with
from aigc_plugins.tasks.refactor.lexical.inline import inlined

if TYPE_CHECKING:
    from aigc_plugins.api import Change, Job, Place


class InlineTask(RefactorTask):
    """Put a variable's value, or the one expression of a function, into the places that use it.

    Python: rope does it for variables, calls are replaced here. A variable is set once, and its value cannot be another
    one where it is used: a constant, a parameter that is never set, or any expression that is used once, first thing in
    the next statement. A function only returns an expression, is only called, and only in its file. Other languages:
    variables, by the same rules. Needs no model.
    """

    name = "inline"
    title = "Inline"
    kind = "refactor.inline.aigc"
    verified = "same tree but for the replaced name; order and number of evaluations are kept"

    def applies(self, place: Place) -> bool | str:
        """Name the variable or function at the cursor."""
        node = name_at(place, ("identifier",))
        if node is None or node.parent is None or node.text is None or len(node.text) > 80:
            return False
        if node.parent.type in ("attribute", "keyword_argument", "dotted_name", "aliased_import", "parameters"):
            return False
        if place.language != "python" and not in_function(place.snapshot, node):
            return False
        return f"Inline `{node.text.decode('utf-8', 'replace')}`"

    def python(self, place: Place, job: Job) -> Change:
        """Do it, checked; a function must be unknown in other files."""
        text = Text(place)
        path = text.file.name if text.file is not None and text.file.suffix == ".py" else "module.py"
        answer = refactored(job, task=self.name, path=path, files={path: text.text}, start=text.start, end=text.start)
        for word in answer["outside"]:
            if not job.roots and not word.startswith("_"):
                raise WithheldError(f"Other files may use `{word}`, and there is no workspace to look in.")
            found = files_with(job, answer["outside"], (".py", ".pyi"), text.file)
            if found:
                raise WithheldError(f"`{word}` is also named in {next(iter(found)).name}.")
        return text.change(answer["files"][path], "It is computed where it was used, as often and in the same order.")

    def other(self, place: Place, job: Job) -> Change:
        """Do it by the tree."""
        node = name_at(place, ("identifier",))
        if node is None or place.snapshot.tree is None:
            raise WithheldError("There is no name of a variable here.")
        return inlined(place.snapshot.tree, node)
