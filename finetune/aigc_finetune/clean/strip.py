"""Removes comments, docstrings and blank lines without changing the program: the result is compared with the text."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from aigc_finetune.recipe import CleanSection
from aigc_plugins.syntax import Language, SyntaxTree

if TYPE_CHECKING:
    import tree_sitter

Span = tuple[int, int]  # bytes


class Stripped(NamedTuple):
    """A text, and whether it could be changed as asked without changing the program."""

    text: str
    kept_program: bool = True


def strip(tree: SyntaxTree, recipe: CleanSection) -> Stripped:
    """Return the tree's text without what the recipe removes, or as it was where that would change the program."""
    wants = recipe.comments or (recipe.docstrings and tree.language.name == "python")
    if not wants and not recipe.blank_lines:
        return Stripped(tree.text)
    text = _without(tree, recipe) if wants else tree.text
    if recipe.blank_lines:
        text = _without_blank_lines(SyntaxTree(tree.language, text))
    return Stripped(text) if _same_program(tree, text, docstrings=recipe.docstrings) else Stripped(tree.text, False)


def _nodes(root: tree_sitter.Node, closed: tuple[str, ...] = ()) -> Iterator[tree_sitter.Node]:
    """Yield all nodes in the order of the text, but none inside of those whose type is in `closed`."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if node.type not in closed:
            waiting.extend(reversed(node.children))


def _without(tree: SyntaxTree, recipe: CleanSection) -> str:
    data = tree.text.encode("utf-8", "replace")
    changes: list[tuple[int, int, bytes]] = []
    for node in _nodes(tree.root):
        if recipe.comments and node.type in tree.language.comment_nodes and not data.startswith(b"#!", node.start_byte):
            changes.append((*_whole_line(data, node.start_byte, node.end_byte), b""))
        elif recipe.docstrings and tree.language.name == "python" and _is_docstring(node):
            changes.append(_docstring_change(data, node))
    out, at = [], 0
    for start, end, instead in sorted(changes):
        if start >= at:
            out += [data[at:start], instead]
            at = end
    return (b"".join(out) + data[at:]).decode("utf-8", "replace")


def _whole_line(data: bytes, start: int, end: int) -> Span:
    """Widen a span to its whole lines where nothing else stands on them, else to the white space before it."""
    end = start + len(data[start:end].rstrip(b"\r\n"))  # some grammars take the line's end into a comment
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", end)
    last = len(data) if last < 0 else last
    if not data[first:start].strip() and not data[end:last].strip():
        return first, min(last + 1, len(data))
    if not data[end:last].strip():
        return first + len(data[first:start].rstrip(b" \t")), end
    return start, end


def _is_docstring(node: tree_sitter.Node) -> bool:
    if node.type != "expression_statement" or node.named_child_count != 1 or node.parent is None:
        return False
    string, parent = node.named_children[0], node.parent
    if string.type != "string" or any(child.type == "interpolation" for child in string.children):
        return False
    if parent.type == "block":
        outer = parent.parent
        if outer is None or outer.type not in ("function_definition", "class_definition"):
            return False
    elif parent.type != "module":
        return False
    first = next((child for child in parent.named_children if child.type != "comment"), None)
    prefix = (string.text or b"")[:2].lower()
    return first is not None and first.id == node.id and b"b" not in prefix.partition(b'"')[0].partition(b"'")[0]


def _docstring_change(data: bytes, node: tree_sitter.Node) -> tuple[int, int, bytes]:
    """Return what a docstring becomes: nothing, or `pass` where the block has no other statement."""
    parent = node.parent
    alone = parent is not None and sum(child.type != "comment" for child in parent.named_children) == 1
    if alone and parent is not None and parent.type == "block":
        return node.start_byte, node.end_byte, b"pass"
    end = node.end_byte
    while data[end : end + 1] in (b";", b" "):  # more statements on its line
        end += 1
    if data[end : end + 1] not in (b"\n", b""):
        return node.start_byte, end, b""
    return (*_whole_line(data, node.start_byte, node.end_byte), b"")


def _without_blank_lines(tree: SyntaxTree) -> str:
    """Return the text without lines of white space outside of string literals."""
    held: set[int] = set()
    for node in _nodes(tree.root):
        if node.end_point[0] > node.start_point[0] and _is_text(node, tree.language):
            held.update(range(node.start_point[0] + 1, node.end_point[0] + 1))
    lines = tree.text.split("\n")
    kept = [line for number, line in enumerate(lines) if number in held or line.strip()]
    return "\n".join(kept) + ("\n" if lines and not lines[-1] else "")


def _is_text(node: tree_sitter.Node, language: Language) -> bool:
    return node.type in language.string_nodes or (node.child_count == 0 and node.type not in language.comment_nodes)


def _same_program(tree: SyntaxTree, text: str, *, docstrings: bool) -> bool:
    """Tell whether a text is the same program: an equal AST for Python, else the same tokens without comments."""
    if text == tree.text:
        return True
    if not text.strip():
        return False
    if tree.language.name == "python":
        before, after = (_python(one, docstrings) for one in (tree.text, text))
        return before is not None and before == after
    other = SyntaxTree(tree.language, text)
    return list(_tokens(tree)) == list(_tokens(other)) and other.errors() <= tree.errors()


def _tokens(tree: SyntaxTree) -> Iterator[tuple[str, bytes]]:
    comments = tree.language.comment_nodes
    for node in _nodes(tree.root, comments):
        if node.child_count == 0 and node.type not in comments:
            yield node.type, (node.text or b"").strip()


def _python(text: str, docstrings: bool) -> str | None:
    """Return a Python program's AST as text, without docstrings where those do not count; None: it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if docstrings:
        for node in ast.walk(module):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return ast.dump(module)
