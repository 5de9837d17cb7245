"""Extract a function or a variable. What is exact, and what is refused, is decided where the text is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.tasks.refactor import names
from aigc_plugins.tasks.refactor.apart import refactored
from aigc_plugins.tasks.refactor.base import (
    RefactorTask,
    Text,
    in_function,
    replaced,
    selected_node,
    selects_statements,
    trimmed,
)
from aigc_plugins.tasks.refactor.files import files_with
from aigc_plugins.tasks.refactor.lexical.extract import extracted
from aigc_plugins.tasks.refactor.lexical.extract import is_value as is_plain_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.api import Change, Job, Place

_MOST_SHOWN = 1500  # characters of code that a model sees
# What tree-sitter calls the expressions of Python that are worth a name.
_VALUES = frozenset(
    (
        "binary_operator", "boolean_operator", "comparison_operator", "not_operator", "unary_operator", "call",
        "attribute", "subscript", "conditional_expression", "string", "concatenated_string", "integer", "float", "list",
        "tuple", "dictionary", "set", "list_comprehension", "set_comprehension", "dictionary_comprehension",
        "generator_expression", "parenthesized_expression", "lambda", "await",
    )
)  # fmt: skip


class ExtractVariableTask(RefactorTask):
    """Give the selected expression a name in the line above.

    Python: rope writes it; offered where the expression is computed once whenever its statement runs, where nothing
    before it in the statement could change it (or be changed by it), and where the tree is the old one with just that
    moved. Other languages: expressions without calls or assignments, by the same rules. A model suggests the name; the
    words of the expression do where it has none, so no model is needed.
    """

    name = "extract-variable"
    title = "Extract to variable"
    kind = "refactor.extract.aigc"
    verified = "same tree but for the moved expression; order and number of its evaluations are kept"

    def applies(self, place: Place) -> bool:
        """Tell whether an expression in a function is selected."""
        node = selected_node(place)
        if node is None or not node.is_named or not in_function(place.snapshot, node):
            return False
        if place.language != "python":
            return is_plain_value(node)
        return node.type in _VALUES

    def python(self, place: Place, job: Job) -> Change:
        """Let rope do it, checked, then name it."""
        text = Text(place)
        taken = names.words_of(text.text)
        word = names.numbered(["extracted_value"], "python", taken)
        path = text.file.name if text.file is not None and text.file.suffix == ".py" else "module.py"
        answer = refactored(
            job, task=self.name, path=path, files={path: text.text}, start=text.start, end=text.end, name=word
        )
        name = self._name(place, job, taken)
        return text.change(
            replaced(answer["files"][path], word, name), f"`{name}` holds what was selected; it is computed as before."
        )

    def other(self, place: Place, job: Job) -> Change:
        """Move it by the tree."""
        node = selected_node(place)
        if node is None or place.snapshot.tree is None:
            raise WithheldError("The selection is not one whole expression.")
        name = self._name(place, job, names.words_of(place.snapshot.text))
        return extracted(place.snapshot.tree, node, name)

    def _name(self, place: Place, job: Job, taken: set[str]) -> str:
        code = " ".join(place.selected.split())[:_MOST_SHOWN]
        text = place.snapshot.text
        line = text[text.rfind("\n", 0, place.start) + 1 : (text + "\n").find("\n", place.end)].strip()
        values = {"code": code, "line": " ".join(line.split())[:_MOST_SHOWN]}
        found = names.suggested(job, "refactor-variable", values, language=place.language, taken=taken)
        return found or names.numbered(names.for_value(code, place.language), place.language, taken)


class ExtractFunctionTask(RefactorTask):
    """Make a function of the selected statements or expression.

    Python only: rope writes it; offered where the piece does not leave the function on some ways only, where each
    variable that it needs has a value before it and each one that is read later is given back, where no exception in
    between could show the difference, and where the tree is the old one with just that moved. In other languages that
    is not exact without types, so it is not offered there. A model suggests the name; the function's own does where it
    has none.
    """

    name = "extract-function"
    title = "Extract to function"
    kind = "refactor.extract.aigc"
    languages = ("python",)
    verified = "same tree but for the moved code; data flow, jumps and exceptions are kept"

    def applies(self, place: Place) -> bool:
        """Tell whether whole statements, or an expression, in a function are selected."""
        node = selected_node(place)
        if node is not None and node.type in _VALUES:
            return in_function(place.snapshot, node)
        return selects_statements(place) and definition_at(place.snapshot, place.start, place.end) is not None

    def python(self, place: Place, job: Job) -> Change:
        """Let rope do it, checked, then name it."""
        text = Text(place)
        taken = names.words_of(text.text)
        word = names.numbered(["extracted_part"], "python", taken)
        path = text.file.name if text.file is not None and text.file.suffix == ".py" else "module.py"
        answer = refactored(
            job, task=self.name, path=path, files={path: text.text}, start=text.start, end=text.end, name=word
        )
        name = self._name(place, job, text, taken, beyond=bool(answer["outside"]))
        return text.change(
            replaced(answer["files"][path], word, name), f"`{name}` does what was selected, with the same values."
        )

    def other(self, place: Place, job: Job) -> Change:
        """Refuse: it is not offered for other languages."""
        raise WithheldError(f"{self.title} is not offered for {place.language}.")

    def _name(self, place: Place, job: Job, text: Text, taken: set[str], *, beyond: bool) -> str:
        """Return a name that is free in the file; with `beyond`, in all of the workspace: subclasses inherit it."""
        for name in self._candidates(place, job, taken):
            if not beyond or not files_with(job, (name,), (".py", ".pyi"), text.file):
                return name
        raise WithheldError("No name was found that no other file of the workspace uses.")

    def _candidates(self, place: Place, job: Job, taken: set[str]) -> Iterator[str]:
        around = definition_at(place.snapshot, place.start, place.end)
        function = around.name if around is not None else "part"
        start, end = trimmed(place.snapshot.text, place.start, place.end)
        values = {"function": function, "code": place.snapshot.text[start:end][:_MOST_SHOWN]}
        found = names.suggested(job, "refactor-function", values, language=place.language, taken=taken)
        private = "_" if place.language == "python" else ""
        if found and names.free(private + found, place.language, taken):
            yield private + found
        for name in names.for_function(function, place.language):
            yield private + names.numbered([name], place.language, taken | {one.lstrip("_") for one in taken})
