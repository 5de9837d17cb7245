"""Types from one language's words into another's, by a table. What is not in it has no known translation."""

from __future__ import annotations

import re

# A type is a word of this table or a container `(word, part, …)`; None where it is not known.
Known = tuple[str, ...] | tuple[object, ...] | None

_ANY = ("any",)
_SIMPLE: dict[str, dict[str, str]] = {
    "python": {
        "int": "int", "float": "float", "str": "str", "bool": "bool", "bytes": "bytes", "None": "none", "object": "any",
        "Any": "any", "typing.Any": "any", "complex": "",
    },
    "typescript": {
        "number": "float", "string": "str", "boolean": "bool", "void": "none", "undefined": "none", "null": "none",
        "any": "any", "unknown": "any", "Uint8Array": "bytes", "bigint": "int",
    },
    "go": {
        "int": "int", "int64": "int", "int32": "int", "uint": "int", "uint64": "int", "uint32": "int", "uint8": "int",
        "float64": "float", "float32": "float", "string": "str", "bool": "bool", "[]byte": "bytes", "any": "any",
        "interface{}": "any", "rune": "int", "byte": "int",
    },
    "java": {
        "int": "int", "long": "int", "short": "int", "Integer": "int", "Long": "int", "double": "float",
        "float": "float", "Double": "float", "Float": "float", "String": "str", "CharSequence": "str",
        "boolean": "bool", "Boolean": "bool", "byte[]": "bytes", "void": "none", "Object": "any",
    },
    "rust": {
        "i8": "int", "i16": "int", "i32": "int", "i64": "int", "u8": "int", "u16": "int", "u32": "int", "u64": "int",
        "usize": "int", "isize": "int", "f32": "float", "f64": "float", "&str": "str", "String": "str",
        "&String": "str", "bool": "bool", "&[u8]": "bytes", "Vec<u8>": "bytes", "()": "none",
    },
}  # fmt: skip
_GENERIC = {
    "list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "Collection": "list", "Array": "list",
    "ReadonlyArray": "list", "ArrayList": "list", "Vec": "list", "dict": "dict", "Dict": "dict", "Mapping": "dict",
    "Record": "dict", "Map": "dict", "HashMap": "dict", "BTreeMap": "dict", "set": "set", "Set": "set",
    "HashSet": "set", "frozenset": "set", "Optional": "optional", "Option": "optional",
}  # fmt: skip
_WRITTEN: dict[str, dict[str, str]] = {
    "python": {
        "int": "int", "float": "float", "str": "str", "bool": "bool", "bytes": "bytes", "none": "None", "any": "object",
        "list": "list[{0}]", "dict": "dict[{0}, {1}]", "set": "set[{0}]", "optional": "{0} | None",
    },
    "typescript": {
        "int": "number", "float": "number", "str": "string", "bool": "boolean", "bytes": "Uint8Array", "none": "void",
        "any": "any", "list": "{0}[]", "dict": "Record<{0}, {1}>", "set": "Set<{0}>", "optional": "{0} | null",
    },
    "go": {
        "int": "int", "float": "float64", "str": "string", "bool": "bool", "bytes": "[]byte", "none": "", "any": "any",
        "list": "[]{0}", "dict": "map[{0}]{1}", "set": "map[{0}]bool", "optional": "*{0}",
    },
    "java": {
        "int": "int", "float": "double", "str": "String", "bool": "boolean", "bytes": "byte[]", "none": "void",
        "any": "Object", "list": "List<{0}>", "dict": "Map<{0}, {1}>", "set": "Set<{0}>", "optional": "{0}",
    },
    "rust": {
        "int": "i64", "float": "f64", "str": "&str", "bool": "bool", "bytes": "&[u8]", "none": "()",
        "list": "&[{0}]", "dict": "&HashMap<{0}, {1}>", "set": "&HashSet<{0}>", "optional": "Option<{0}>",
    },
}  # fmt: skip
_BOXED = {"int": "Integer", "double": "Double", "boolean": "Boolean"}
_OWNED = {"&str": "String", "&[u8]": "Vec<u8>"}


def translated(text: str, source: str, target: str, *, result: bool = False) -> str | None:
    """Return a written type in the target's words, None where the table has none; `result` for what is returned.

    `source` and `target` are languages; JavaScript's types are TypeScript's.
    """
    known = _read(text.strip(), source)
    return _write(known, target, inner=False, owned=result) if known is not None else None


def _read(text: str, source: str) -> Known:
    text = text.strip().strip("\"'").strip()
    simple = _SIMPLE[source].get(text)
    if simple is not None:
        return (simple,) if simple else None
    options = [part for part in _split(text, "|") if part]
    if len(options) == 2 and source in ("python", "typescript"):
        rest = [part for part in options if part not in ("None", "null", "undefined")]
        return _container("optional", rest, source) if len(rest) == 1 else None
    if source in ("typescript", "java") and text.endswith("[]"):
        return _container("list", [text[:-2]], source)
    if source == "go" and text.startswith("[]"):
        return _container("list", [text[2:]], source)
    if source == "go" and (found := re.fullmatch(r"map\[(\w+)\](.+)", text)):
        return _container("dict", [found[1], found[2]], source)
    if source == "rust" and (found := re.fullmatch(r"&(?:mut )?\[(.+)\]", text)):
        return _container("list", [found[1]], source)
    generic = re.fullmatch(r"(?:&(?:mut )?)?(?:\w+(?:\.|::))*(\w+)\s*[\[<](.+)[\]>]", text)
    kind = _GENERIC.get(generic[1]) if generic is not None else None
    return _container(kind, _split(generic[2], ","), source) if generic is not None and kind is not None else None


def _container(kind: str, parts: list[str], source: str) -> Known:
    read = [_read(part, source) for part in parts]
    wanted = 2 if kind == "dict" else 1
    if len(read) != wanted or any(part is None for part in read):
        return None
    return (kind, *read)


def _write(known: Known, target: str, *, inner: bool, owned: bool) -> str | None:
    if known is None:
        return None
    kind, *parts = known
    written = [_write(part, target, inner=True, owned=True) for part in parts]  # type: ignore[arg-type]
    form = _WRITTEN[target].get(str(kind))
    if form is None or any(part is None for part in written):
        return None
    text = form.format(*written)
    if target == "java" and inner:
        text = _BOXED.get(text, text)
    if target == "rust" and (owned or inner):
        text = _OWNED.get(text, re.sub(r"^&\[(.+)\]$", r"Vec<\1>", text).lstrip("&"))
    return text


def _split(text: str, mark: str) -> list[str]:
    """Return the parts of a text between marks that are in no bracket."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "[<({") - (char in "]>)}")
        if char == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]
