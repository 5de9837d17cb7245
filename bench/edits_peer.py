"""How chat assistants edit: one prompt with the function, the answer's code block takes its place, whatever it is.

The wording is that of the slash commands that such extensions come with: the whole function is asked for.
"""

from __future__ import annotations

import re
import textwrap

from edits_cases import find

from aigc_models.types import ChatMessage, ChatRequest

_ORDERS = {
    "docstring": "Write a docstring for the following Python function.",
    "annotate": "Add type annotations to the parameters and the return value of the following Python function.",
}
_HOW = "Answer with the whole function and change nothing else. Output only the code, in a code block."


def request(task: str, before: str, name: str) -> ChatRequest:
    """Return the conversation in which a model is asked to edit the function `name` of a text."""
    function = textwrap.dedent(_lines(before, name)[1])
    content = f"{_ORDERS[task]} {_HOW}\n\n```python\n{function}```"
    return ChatRequest((ChatMessage("user", content),), max_tokens=768)


def applied(answer: str, before: str, name: str) -> str | None:
    """Return the text with the answer's code in the function's place, None where the answer has no function in it."""
    block = re.search(r"```[a-zA-Z]*\n(.*?)(?:```|\Z)", answer, re.DOTALL)
    code = textwrap.dedent(block.group(1) if block else answer).strip("\n")
    if not re.search(r"^(?:async )?def ", code, re.MULTILINE):
        return None
    above, old, below = _lines(before, name)
    indent = old[: len(old) - len(old.lstrip())]
    return above + textwrap.indent(code, indent) + "\n" + below


def _lines(text: str, name: str) -> tuple[str, str, str]:
    """Return what stands above a function, the function with its decorators, and what stands below."""
    node = find(text, name)
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
    lines = text.splitlines(keepends=True)
    last = node.end_lineno or 0
    return "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])
