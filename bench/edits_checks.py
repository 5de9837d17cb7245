"""What an edit of a function may not do. Written apart from the product's own checks, so that the one checks the other.

A check returns what is wrong in a few words. Texts are Python modules before and after an edit.
"""

from __future__ import annotations

import ast
import difflib
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from edits_cases import FunctionNode, find

PARSES, RANGE, STATEMENTS, PARAMETERS, TYPES, NOTHING = (
    "does not parse",
    "changes other lines",
    "changes statements",
    "documents other parameters",
    "new mypy errors",
    "adds nothing",
)


def docstring_faults(before: str, after: str, name: str) -> list[str]:
    """Return what is wrong with a docstring that was added to the function `name`."""
    found = _common_faults(before, after, name, imports=False)
    if found:
        return found
    node = find(after, name)
    text = ast.get_docstring(node)
    if not text:
        return [NOTHING]
    wrong = documented(text) not in ([], _parameters(node, method="." in name))
    return [PARAMETERS] if wrong else []


def annotation_faults(before: str, after: str, name: str, cache: Path) -> list[str]:
    """Return what is wrong with annotations that were added to the function `name`."""
    found = _common_faults(before, after, name, imports=True)
    if found:
        return found
    node = find(after, name)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    every += [arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None]
    if node.returns is None and not any(arg.annotation is not None for arg in every):
        return [NOTHING]
    return [TYPES] if type_errors(after, cache) - type_errors(before, cache) else []


def documented(docstring: str) -> list[str]:
    """Return the parameters that a docstring describes in a section of the Google, NumPy or Sphinx style, in order."""
    fields = re.findall(r"^:param (?:[^:\n]* )?\*{0,2}(\w+):", docstring, re.MULTILINE)
    if fields:
        return list(fields)
    numpy = re.search(r"^Parameters\n-{3,}\n(.*?)(?=\n\n\w+\n-{3,}|\Z)", docstring, re.MULTILINE | re.DOTALL)
    if numpy:
        return re.findall(r"^\*{0,2}(\w+)(?: *:.*)?$", numpy.group(1), re.MULTILINE)
    google = re.search(r"^(?:Args|Arguments|Parameters):\n(.*?)(?=\n\n|\Z)", docstring, re.MULTILINE | re.DOTALL)
    if not google:
        return []
    step = len(google.group(1)) - len(google.group(1).lstrip(" "))
    return re.findall(rf"^ {{{step}}}\*{{0,2}}(\w+)(?: \([^)]*\))?:", google.group(1), re.MULTILINE)


def type_errors(text: str, cache: Path) -> Counter[str]:
    """Return the errors that mypy reports in a module, without their places; bodies without annotations are checked."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "edited_module.py").write_text(text, encoding="utf-8")
        mypy = [sys.executable, "-m", "mypy", "--config-file=", "--check-untyped-defs", "--no-error-summary"]
        options = ["--hide-error-context", "--no-pretty", f"--cache-dir={cache}", "edited_module.py"]
        done = subprocess.run([*mypy, *options], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mypy failed: {done.stderr or done.stdout}")
    return Counter(re.findall(r"^[^:\n]+:\d+: error: (.*)$", done.stdout, re.MULTILINE))


def _common_faults(before: str, after: str, name: str, *, imports: bool) -> list[str]:
    try:
        new = ast.parse(after)
        find(after, name)
    except (SyntaxError, ValueError, RecursionError):
        return [PARSES]
    except KeyError:
        return [STATEMENTS]
    if not _only_inside(before, after, find(before, name), imports=imports):
        return [RANGE]
    return [] if _bare(ast.parse(before), imports) == _bare(new, imports) else [STATEMENTS]


def _only_inside(before: str, after: str, node: FunctionNode, *, imports: bool) -> bool:
    """Tell whether all changed lines lie in a function, lines of imports that came in aside."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
    old, new = before.splitlines(), after.splitlines()
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal" or (first <= start and end <= (node.end_lineno or 0)):
            continue
        added = [line for line in new[new_start:new_end] if line.strip()]
        if (
            not imports
            or kind != "insert"
            or not all(re.match(r"\s*(?:from|import|if TYPE_CHECKING)\b", a) for a in added)
        ):
            return False
    return True


def _bare(tree: ast.Module, imports: bool) -> str:
    """Return a module's statements without docstrings; with `imports`, also without imports and annotations."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, FunctionNode | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None:
            del node.body[0]
        if imports and isinstance(node, FunctionNode):
            node.returns = None
        if imports and isinstance(node, ast.arg):
            node.annotation = None
        if imports and isinstance(node, ast.Module) and isinstance(body, list):
            node.body = [one for one in node.body if not _is_import(one)]
    return ast.dump(tree)


def _is_import(node: ast.stmt) -> bool:
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return all(map(_is_import, node.body))
    return isinstance(node, ast.Import | ast.ImportFrom)


def _parameters(node: FunctionNode, *, method: bool) -> list[str]:
    """Return the parameters but the receiver; a `cls` of a function of the module is a parameter like any other."""
    args = node.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    of_class = any(isinstance(one, ast.Name) and one.id == "classmethod" for one in node.decorator_list)
    names = names[1:] if of_class or (method and names[:1] in (["self"], ["cls"])) else names
    rest = [args.vararg.arg] if args.vararg else []
    keywords = [args.kwarg.arg] if args.kwarg else []
    return [*names, *rest, *(arg.arg for arg in args.kwonlyargs), *keywords]
