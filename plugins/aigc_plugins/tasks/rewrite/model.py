"""A function's new body from the model; signature and documentation are the old ones by construction."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from aigc_models.types import ChatRequest
from aigc_plugins.api import WithheldError, sampled

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.tasks.functions import Definition

_LONGEST = 3  # times the old function


class Author:
    """Asks the model for other bodies of one Python function; `template` names the prompt.

    Raises:
        WithheldError: the function is none whose body could be written anew.
    """

    def __init__(self, definition: Definition, template: str, job: Job) -> None:
        self._job, self._indent = job, definition.indent
        text = definition.text
        self._head, body = _split(definition)
        if not body.strip() or "\n" not in text:
            raise WithheldError("A function on one line has nothing to be rewritten.")
        self._body_indent = body[: len(body) - len(body.lstrip())]
        self._most = _LONGEST * len(body) + 200
        values = {"function": self._outdented(text), "header": self._outdented(self._head)}
        self._request = job.prompt(template, values)

    def version(self, attempt: int) -> str:
        """Return the text of the whole function with another body.

        Raises:
            WithheldError: the answer is no body.
            AigcError: there is no model.
        """
        request = self._request
        # One call for each: the type is either, not both.
        if isinstance(request, ChatRequest):
            answer = self._job.ask(sampled(request, attempt), until=self._enough)
        else:
            answer = self._job.ask(sampled(request, attempt), until=self._enough)
        lines: list[str] = []
        for line in answer[: self._most + 1].removeprefix("\n").split("\n"):
            if line.strip() and not line[0].isspace():
                break
            lines.append(line.rstrip())
        body = textwrap.dedent("\n".join(lines).rstrip())
        if len(answer) > self._most or not body.strip():
            raise WithheldError("The model did not write a function.")
        return f"{self._head}\n{textwrap.indent(body.strip(chr(10)), self._body_indent)}"

    def _enough(self, answer: str) -> bool:
        if len(answer) > self._most:
            return True
        lines = answer.removeprefix("\n").split("\n")
        return any(line[:1].strip() for line in lines[:-1] or lines)

    def _outdented(self, text: str) -> str:
        return textwrap.dedent(self._indent + text)


def _split(definition: Definition) -> tuple[str, str]:
    """Return a function's text up to its first statement that is no documentation, and the rest, indented."""
    tree, body = definition.tree, definition.body
    if body is None:
        return definition.text, ""
    statements = [node for node in body.named_children if node.type != "comment"]
    first = 0
    if statements and statements[0].type == "expression_statement" and statements[0].named_children[0].type == "string":
        first = 1
    if first >= len(statements):
        return definition.text, ""
    start = tree.offset_of(statements[first].start_byte)
    line = tree.text.rfind("\n", 0, start) + 1
    if line <= definition.start:
        return definition.text, ""
    before = tree.text[definition.start : line]
    comments = [node for node in body.named_children[first:] if node.type == "comment"]
    if comments and comments[0].start_byte < statements[first].start_byte:  # they belong to the statements below
        line = tree.text.rfind("\n", 0, tree.offset_of(comments[0].start_byte)) + 1
        before = tree.text[definition.start : line]
    return before.rstrip(), tree.text[line : definition.end]
