"""Asks for the lines alone that an instruction adds at the start of a function ("raise … if"); the rest stays as it is.

A small model fills in a few lines far better than it copies a function with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Budget, sampled
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask
from aigc_plugins.syntax import PLAIN
from aigc_plugins.tasks.functions import as_definition
from aigc_plugins.tasks.instruct.definitions import outermost
from aigc_plugins.tasks.instruct.follow import Follow
from aigc_plugins.text import line_span

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.tasks.instruct.block import Block
    from aigc_plugins.tasks.instruct.wording import Instruction

_BUDGET = Budget(prefix_tokens=900, suffix_tokens=300, max_tokens=96)


def with_guard(block: Block, instruction: Instruction, job: Job, seed: int) -> str:
    """Return the block with lines at the start of the function that it is, '' where there is no such place or line."""
    tree, snapshot = block.snapshot.tree, block.snapshot
    found = outermost(tree, block.start, block.end) if tree is not None else []
    if not instruction.guards or len(found) != 1 or found[0].kind != "function":
        return ""
    at = _first_statement(found[0])
    if at is None:
        return ""
    language = snapshot.language or PLAIN
    low = line_span(snapshot.text, at)[0]
    indent = snapshot.text[low:at]
    if not language.line_comment or indent.strip():
        return ""
    opened = f"{snapshot.text[:low]}{indent}{language.line_comment} {instruction.text}\n{indent}"
    draft = Document(snapshot.uri, snapshot.language_id, f"{opened}\n{snapshot.text[low:]}").snapshot()
    prepared = InlineCompletionTask().prepare(draft, len(opened), trigger="invoked", budget=_BUDGET, multiline="auto")
    if prepared is None:
        return ""
    judge = prepared.judge()
    follow = Follow(judge)
    follow(job.ask(sampled(prepared.request, seed), until=follow))
    suggestion = judge.finish(truncated=True)
    if suggestion is None or not suggestion.text.strip():
        return ""
    text = snapshot.text
    return f"{text[block.start : low]}{indent}{suggestion.text.strip()}\n{text[low : block.end]}".replace("\r\n", "\n")


def _first_statement(definition: Definition) -> int | None:
    """Return where the first statement of a body starts, a docstring left above."""
    body, tree = definition.body, definition.tree
    if body is None:
        return None
    for child in body.named_children:
        nodes = child.named_children if child.type == "statement_list" else [child]
        for node in nodes:
            inner = node.named_children
            docstring = len(inner) == 1 and inner[0].type in tree.language.string_nodes
            if node.type not in tree.language.comment_nodes and not docstring and as_definition(tree, node) is None:
                return tree.offset_of(node.start_byte)
    return None
