"""Reads what documentation promises: the text after a call in an example as an expression, or as an exception."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.testgen.proposers.known import Known

_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?::\s|:?$)")
_SAYS = r"(?:it\s+)?(?:returns?|gives|yields|results? in|results?|output|out|evaluates to|is|prints)"
_COMMENT = re.compile(rf"^#\s*(?:(?:=>|->|→|⇒|==>?|{_SAYS})\s*:?\s*)+(?P<value>.+?)\s*$", re.IGNORECASE)
_RAISES = re.compile(r"^#\s*(?:it\s+)?(?:raises?|throws?)\s*:?\s*(?:an?\s+)?(?P<name>[A-Za-z_][\w.]*)", re.IGNORECASE)
_FLOATS = {"nan": "float('nan')", "inf": "float('inf')", "-inf": "float('-inf')"}


def value(text: str, known: Known) -> str:
    """Return a promised value as it is written, empty where the text is no expression, or says that more follows."""
    text = text.strip()
    if text in _FLOATS:
        return _FLOATS[text]
    node = _expression(text)
    if node is None or any(isinstance(one, ast.Constant) and one.value is ... for one in ast.walk(node)):
        return ""
    if isinstance(node, ast.Name) and node.id not in known.names:
        return ""  # a word of a sentence
    return text if "\n" not in text else ast.unparse(node)


def printed(text: str, end: str) -> str:
    """Return the text that an example prints before `end`, as an expression; empty where it is not told exactly."""
    text = text.replace("<BLANKLINE>", "")
    if "..." in text or " at 0x" in text or not text.endswith(end):
        return ""
    return repr(text.removesuffix(end))


def exception(text: str) -> str:
    """Return the name of an exception from the last line of a traceback (`ValueError: no digits`)."""
    found = _EXCEPTION.match(text.strip())
    return found[1].rpartition(".")[2] if found else ""


def comment(text: str) -> tuple[str, str]:
    """Return the value and the exception that a comment after a call promises, as texts, empty where it says none."""
    raising = _RAISES.match(text)
    if raising:
        return "", raising["name"].rpartition(".")[2]
    found = _COMMENT.match(text)
    said = found["value"] if found else text.lstrip("#").strip()
    said = said.strip("`").rstrip(".") if _expression(said) is None else said
    node = _expression(said)
    if node is None or (found is None and not _is_literal(node)):
        return "", ""
    if isinstance(node, ast.Name) and node.id.endswith(("Error", "Exception")):
        return "", node.id
    return said, ""


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
