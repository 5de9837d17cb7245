"""What can be said of a function without a model, read off its source: conditions, defaults, names as words."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aigc_plugins.tasks.docstring.words import PREDICATES, VERBS, split_name
from aigc_plugins.tasks.signatures import own_nodes

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.tasks.functions import Definition, Facts, Parameter

_LONGEST_CODE = 56
# What methods with these names do, as Python's data model has it.
_PROTOCOL = {
    "__repr__": "Return a text that describes the object to programmers",
    "__str__": "Return the object as text",
    "__bytes__": "Return the object as bytes",
    "__len__": "Return the number of elements",
    "__bool__": "Tell whether the object counts as true",
    "__hash__": "Return the hash of the object",
    "__iter__": "Return an iterator over the elements",
    "__next__": "Return the next element",
    "__reversed__": "Return an iterator over the elements in reverse order",
    "__contains__": "Tell whether an element is contained",
    "__getitem__": "Return the element at a key or index",
    "__setitem__": "Set the element at a key or index",
    "__delitem__": "Delete the element at a key or index",
    "__eq__": "Tell whether the object equals another",
    "__ne__": "Tell whether the object differs from another",
    "__lt__": "Tell whether the object is less than another",
    "__le__": "Tell whether the object is less than or equal to another",
    "__gt__": "Tell whether the object is greater than another",
    "__ge__": "Tell whether the object is greater than or equal to another",
    "__enter__": "Enter the context and return what it binds",
    "__exit__": "Leave the context",
    "__aenter__": "Enter the asynchronous context and return what it binds",
    "__aexit__": "Leave the asynchronous context",
    "__copy__": "Return a shallow copy of the object",
    "__deepcopy__": "Return a deep copy of the object",
}
_BOOLEANS = frozenset(("True", "False", "true", "false"))
_TRUTH = re.compile(
    r"^(?:not .*|!.*|.*(?: (?:not )?in | is (?:not )?| == | != | <=? | >=? ).*|(?:isinstance|all|any|bool)\(.*\))$"
)
# What exceptions of these names mean, where nothing in the code says when they are raised.
_MEANINGS = {
    "ValueError": "a value is not valid",
    "TypeError": "a type is not supported",
    "KeyError": "a key does not exist",
    "IndexError": "an index is out of range",
    "AttributeError": "an attribute does not exist",
    "LookupError": "something cannot be found",
    "FileNotFoundError": "a file does not exist",
    "FileExistsError": "a file exists already",
    "NotImplementedError": "there is no implementation",
    "StopIteration": "there are no more elements",
    "OverflowError": "a number is too large",
    "ZeroDivisionError": "a number is divided by zero",
    "PermissionError": "the operation is not permitted",
    "TimeoutError": "it takes too long",
    "OSError": "the operating system reports an error",
    "RuntimeError": "the operation is not possible",
    "EOFError": "the input ends too early",
    "UnicodeDecodeError": "bytes are no valid text",
    "UnicodeEncodeError": "text has no such bytes",
    "ImportError": "a module cannot be imported",
}


def protocol_summary(definition: Definition) -> str:
    """Return what a special method does, empty for any other."""
    if definition.name in ("__init__", "constructor") and (owner := owner_of(definition)):
        return f"Initialize the {' '.join(split_name(owner)) or 'object'}"
    return _PROTOCOL.get(definition.name, "")


def owner_of(definition: Definition) -> str:
    """Return the name of the class that a function lies in directly, empty for other functions."""
    node = definition.node.parent
    while node is not None and node.type in ("decorated_definition", "block", "class_body", "declaration_list"):
        node = node.parent
    if node is None or node.type not in definition.tree.language.class_nodes:
        return ""
    name = node.child_by_field_name("name")
    return _text(name) if name is not None else ""


def is_boolean(parameter: Parameter) -> bool:
    """Tell whether a parameter is a flag, by its default or its type."""
    return parameter.default in _BOOLEANS or parameter.type in ("bool", "boolean", "Boolean", "?bool")


def gives_truth(name: str, facts: Facts, written: str) -> bool:
    """Tell whether a function gives back nothing but true or false: by its type, else its name, else its returns."""
    if not written and facts.returns_value and (split_name(name) or [""])[0] in PREDICATES:
        return True
    if written:
        return written in ("bool", "boolean", "Boolean")
    return bool(facts.returned) and all(_is_truth(text) for text in facts.returned)


def _is_truth(text: str) -> bool:
    if re.search(r"\b(?:for|if|else|lambda)\b|\?|,(?![^(]*\))", text):
        return False
    parts = re.split(r"\s(?:and|or|&&|\|\|)\s", text)
    return all(part in _BOOLEANS or _TRUTH.match(part.strip()) for part in parts)


def parameter_text(parameter: Parameter) -> str:
    """Return the least that can be said of a parameter: its name as words."""
    words = split_name(parameter.name)
    if parameter.kind == "rest" and parameter.name in ("args", "arg", "rest", "a", "varargs"):
        return "Further arguments"
    if parameter.kind == "keywords" and parameter.name in ("kwargs", "kwds", "kw", "options", "kws"):
        return "Further arguments by name"
    name = " ".join(words)
    if is_boolean(parameter):
        return (
            f"Whether to {name}" if words and words[0] in VERBS and len(words) > 1 else f"The flag `{parameter.name}`"
        )
    return f"The {name}" if len(name) > 2 else f"The value of `{parameter.name}`"


def exact_text(definition: Definition, parameter: Parameter) -> str:
    """Return what is certain of a parameter, empty for most: what it is taken apart into, where all of it goes on."""
    if parameter.pattern:
        names = re.findall(r"(?<![\w$.])[A-Za-z_$][\w$]*", re.sub(r"=[^,{}\[\]]*|[\w$]+\s*:", "", parameter.name))
        parts = [f"`{name}`" for name in names]
        listed = " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
        return f"An {'array' if parameter.name.startswith('[') else 'object'} with {listed}" if parts else ""
    if parameter.kind not in ("rest", "keywords"):
        return ""
    callees = set()
    for node in own_nodes(definition):
        if node.type in ("list_splat", "dictionary_splat", "spread_element") and node.parent is not None:
            call = node.parent.parent
            if _text(node).lstrip("*. ") == parameter.name and call is not None:
                callees.add(_text(call.child_by_field_name("function")))
    callee = callees.pop() if len(callees) == 1 else ""
    if not re.fullmatch(r"[A-Za-z_][\w.]{0,40}", callee):
        return ""
    return f"Further arguments {'by name ' if parameter.kind == 'keywords' else ''}for `{callee}`"


def default_text(parameter: Parameter) -> str:
    """Return a default worth telling: a short literal other than None."""
    text = parameter.default
    try:
        value = ast.literal_eval(text) if text else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text if text in ("true", "false") else ""
    telling = isinstance(value, (bool, int, float, str)) and value != ""
    return text if telling and len(text) <= 24 and '"""' not in text and "`" not in text else ""


def returned_text(definition: Definition, facts: Facts) -> str:
    """Return what is certain of a function's result, empty where the source does not say it plainly."""
    if facts.returned in (("self",), ("this",)):
        return "The object itself"
    if len(facts.returned) == 1 and definition.tree.language.name == "python":
        names = facts.returned[0].strip("()").split(",")
        if 2 <= len(names) <= 4 and all(name.strip().isidentifier() for name in names):
            return f"The tuple `({', '.join(name.strip() for name in names)})`"
    return ""


def result_fallback(facts: Facts, written: str, summary: str) -> str:
    """Return the least that can be said of a result."""
    if summary.startswith("Return ") and len(summary) > 12:
        return summary[7].upper() + summary[8:]
    if len(facts.returned) == 1 and facts.returned[0].isidentifier() and len(facts.returned[0]) > 2:
        return f"The {' '.join(split_name(facts.returned[0]))}"
    return f"A value of type `{written}`" if written and re.fullmatch(r"[\w.\[\], |]{1,40}", written) else "The result"


def raise_texts(definition: Definition, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return when each exception is raised: under which conditions as they are written, else what its name means."""
    conditions: dict[str, list[str]] = {name: [] for name in facts.raises}
    for node in own_nodes(definition):
        if node.type in ("raise_statement", "throw_statement"):
            for name, found in conditions.items():
                if re.match(rf"(?:raise|throw(?: new)?)\s+{re.escape(name)}\b(?!\.)", _text(node)):
                    found.append(_condition(node, definition.node))
    texts = []
    for name, found in conditions.items():
        plain = [condition for condition in dict.fromkeys(found) if condition]
        if plain and len(plain) <= 2 and len(plain) == len(set(found)):
            texts.append((name, "If " + " or if ".join(f"`{condition}`" for condition in plain)))
        elif (meaning := _MEANINGS.get(name.rpartition(".")[2])) is not None:
            texts.append((name, f"If {meaning}"))
        else:
            words = [word for word in split_name(name.rpartition(".")[2]) if word not in ("error", "exception")]
            texts.append((name, f"In case of {_article(' '.join(words))} error" if words else "In case of an error"))
    return tuple(texts)


def _article(words: str) -> str:
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _condition(node: tree_sitter.Node, function: tree_sitter.Node) -> str:
    """Return the condition of the `if` that a statement stands in alone, empty where there is more to it."""
    block = node.parent
    branch = block.parent if block is not None else None
    if block is None or branch is None or branch.type not in ("if_statement", "elif_clause"):
        return ""
    if branch.child_by_field_name("consequence") != block:
        return ""
    around = branch.parent if branch.type == "if_statement" else branch.parent and branch.parent.parent
    while around is not None and around != function:
        if around.type in (
            "if_statement",
            "else_clause",
            "elif_clause",
            "except_clause",
            "catch_clause",
            "match_statement",
        ):
            return ""
        around = around.parent
    test = branch.child_by_field_name("condition")
    text = re.sub(r"\s+", " ", _text(test)).strip()
    if text.startswith("(") and text.endswith(")") and test is not None and test.type == "parenthesized_expression":
        text = text[1:-1].strip()
    plain = len(text) <= _LONGEST_CODE and not re.search(r"[`\\]|\"\"\"|'''|\*/", text)
    return text if plain else ""


def _text(node: tree_sitter.Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""
