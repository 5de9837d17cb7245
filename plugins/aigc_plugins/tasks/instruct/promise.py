"""What an edit by instruction may not do unasked: leave code out, stub, grow, break names. It judges no meaning."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from aigc_plugins.inline.clean import PLACEHOLDER
from aigc_plugins.inline.fit import without_loops
from aigc_plugins.tasks.instruct.definitions import broken_definitions, calls_itself, outermost
from aigc_plugins.tasks.instruct.names import name_of, undefined, uses

if TYPE_CHECKING:
    from aigc_plugins.syntax import SyntaxTree
    from aigc_plugins.tasks.instruct.block import Block
    from aigc_plugins.tasks.instruct.wording import Instruction

_GROWTH, _MORE = 4, 2000  # an answer has at most 4 times the block's characters, and 2,000
_SHORT = 4  # an answer keeps a quarter of the number of lines
_LOST, _FEW = 0.4, 3  # of 3 lines and more, so many go at most where something is to be added
_KEPT = 0.25  # of a block's names are in what becomes of it
_STUB_LINE = re.compile(
    r"^\s*(?:pass|\.\.\.|raise NotImplementedError\b.*|(?:#|//)\s*(?:TODO|FIXME)\b.*"
    r"|(?:todo|unimplemented)!\(.*\);?)\s*$",
    re.MULTILINE,
)


def broken_promise(block: Block, answer: str, instruction: Instruction) -> str | None:
    """Tell what `answer`, in the place of a block, does that the instruction does not ask for; None: nothing."""
    return _broken_text(block.text, answer, instruction) or _broken_syntax(block, answer, instruction)


def _broken_text(old: str, answer: str, instruction: Instruction) -> str | None:
    if answer.strip() == old.strip():
        return "the model changed nothing"
    if not answer.strip():
        return "the model wrote nothing"
    if len(answer) > _GROWTH * len(old) + _MORE:
        return "the model wrote far more than there was"
    if without_loops(answer.rstrip()) != answer.rstrip() and without_loops(old.rstrip()) == old.rstrip():
        return "the model repeated itself"
    if PLACEHOLDER.search(answer) and not PLACEHOLDER.search(old):
        return "the model left code out"
    if len(_lines(answer)) * _SHORT < len(_lines(old)) and not instruction.drops_lines:
        return "the model dropped most of the code"
    if instruction.adds_only and len(_lines(old)) >= _FEW and _lost(old, answer) > _LOST:
        return "the model dropped code that was to stay"
    if len(_STUB_LINE.findall(answer)) > len(_STUB_LINE.findall(old)) and not instruction.allows_stubs:
        return "the model left the work undone"
    missing = instruction.missing(old, answer)
    return f"there is no {missing} in what the model wrote" if missing else None


def _broken_syntax(block: Block, answer: str, instruction: Instruction) -> str | None:
    tree, edited = block.snapshot.tree, block.tree_with(answer)
    if tree is None or edited is None:
        return None
    if edited.errors() > tree.errors():
        return "what the model wrote has syntax errors"
    end = block.start + len(answer)
    if _kept(tree, block.start, block.end, edited, end) < _KEPT and not instruction.drops_names:
        return "the model wrote something else"
    same = _tokens(tree, block.start, block.end) == _tokens(edited, block.start, end)
    if same and not instruction.words_alone:
        return "the model changed nothing but comments or the layout"
    for name in undefined(tree, edited, block.start, block.end, end):
        if not instruction.names(name) and name not in sys.stdlib_module_names:
            return f"the model uses `{name}`, which nothing defines"
    turns = calls_itself(edited, block.start, end) - calls_itself(tree, block.start, block.end)
    if turns and not instruction.recurses:
        return f"`{min(turns)}` would call itself"
    return broken_definitions(outermost(tree, block.start, block.end), outermost(edited, block.start, end), instruction)


def _kept(before: SyntaxTree, start: int, old_end: int, after: SyntaxTree, new_end: int) -> float:
    """Return the share of a block's names that its new text still has; of a few names, all."""
    old = {name_of(node) for node in uses(before.root, before.byte_of(start), before.byte_of(old_end))}
    new = {name_of(node) for node in uses(after.root, after.byte_of(start), after.byte_of(new_end))}
    return len(old & new) / len(old) if len(old) >= _FEW else 1.0


def _tokens(tree: SyntaxTree, start: int, end: int) -> list[tuple[int, bytes]]:
    """Return the tokens of a part of a text and how deep in blocks they are, without comments and docstrings."""
    language = tree.language
    first, last = tree.byte_of(start), tree.byte_of(end)
    found: list[tuple[int, bytes]] = []
    waiting = [(tree.root, 0)]
    while waiting:
        node, depth = waiting.pop()
        inner = node.named_children
        alone = node.type == "expression_statement" and len(inner) == 1 and inner[0].type in language.string_nodes
        if node.start_byte >= last or node.end_byte <= first or alone or node.type in language.comment_nodes:
            continue
        if not node.children:
            found.append((depth, node.text or b""))
        depth += node.type in language.block_nodes
        waiting += [(child, depth) for child in reversed(node.children)]
    return found


def _lost(old: str, new: str) -> float:
    """Return the share of the old lines that the new text has not got."""
    lines, kept = [line.strip() for line in _lines(old)], {line.strip() for line in _lines(new)}
    return sum(1 for line in lines if line not in kept) / max(len(lines), 1)


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]
