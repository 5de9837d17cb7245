"""Reads the plan of a project out of its description, by rules for English. What is not said there, it leaves open."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aigc_plugins.tasks.project import literals, names, words
from aigc_plugins.tasks.project.guess import field_of
from aigc_plugins.tasks.project.plan import (
    MOST_FIELDS,
    MOST_FUNCTIONS,
    MOST_RESOURCES,
    OPERATIONS,
    Field,
    Function,
    Resource,
)

_TYPES = r"str|int|float|bool|date|string|integer|number|text|decimal|boolean|list"
_HAS = re.compile(
    r"(?P<noun>\b[A-Za-z][A-Za-z'-]*)(?:\s*,?\s*(?:each|all|both|every one)\b)?\s*,?\s*(?:(?:that|which|who)\s+)?"
    r"(?:\b(?:with|has|have|having|consist(?:s|ing)? of|made of|include|includes|including|contain|contains|"
    r"containing|(?:is|are) described by|(?:with|has|have) (?:the )?(?:fields|attributes|properties))\b\s*:?|"
    rf"[:(](?!\s*(?:{_TYPES})\b))\s*",
    re.IGNORECASE,
)
_INNER = re.compile(r"\([^()]*\)")
_STOP = re.compile(r"[;)]|\.(?=\s|$)|\n\s*\n|\n\s*[-*•]|\s[-–—]\s")
_SPLIT = re.compile(r"\s*,\s*and\s+|\s*,\s*(?:as well as\s+)?|\s+and\s+|\s+as well as\s+|\s+plus\s+|\s*&\s*|\n")
_VERB = re.compile(
    r"\b(?:manag(?:e|es|ing|ement of)|track(?:s|ing)?|stor(?:e|es|ing)|keep(?:s|ing)?(?: track of)?|lists? of|"
    r"collections? of|catalogu?e of|crud (?:api )?(?:for|of)|record(?:s|ing)?|organi[sz](?:e|es|ing)|database of|"
    r"inventory of|(?:api|service|app|application|server) for|sav(?:e|es|ing)|log(?:s|ging)? of|register of)"
    r"\s+(?P<list>[^.;:()\n]+)",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\s+(?:with|that|which|who|in|on|for|of|by|from|and|to|at|per|where|so|each|using)\b.*", re.IGNORECASE
)
_HEAD = re.compile(
    r"\b(?P<noun>[A-Za-z]+)\s+(?:management |tracking )?(?:api|app|application|list|service|store|shop|catalogu?e|"
    r"inventory|database|diary|log|book|board|collection|[a-z]+(?:er|or))s?\b",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"\bfunctions?\s+(?:(?:that|which|to|for)\s+)?(?P<does>[^.;\n]+)|"
    r"(?:^|[.;]\s*|\band\s+|\balso\s+)(?P<bare>(?:comput|calculat|convert)(?:e|es)?s?\s+[^.;\n]+)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:called|named)\s+[`'\"]?([A-Za-z][\w-]*)", re.IGNORECASE)
_DETERMINERS = re.compile(
    r"^(?:(?:a|an|the|my|our|all|their|some|of|user's|many|different|various|simple|personal|track)\s+)+", re.I
)


@dataclass(frozen=True, slots=True)
class Described:
    """What a description says: a name or none, resources (those without fields are to be filled), functions.

    `wanted` are functions that it describes in words only.
    """

    name: str
    resources: tuple[Resource, ...]
    functions: tuple[Function, ...]
    wanted: tuple[str, ...]


def read(description: str) -> Described:
    """Return what a description says."""
    found = literals.find(re.sub(r"\b([Tt])o[- ]do\b(?=s?\b)", r"\1odo", description))
    wanted, rest = _wanted(found.rest)
    named = _NAMED.search(rest)
    if named is not None:
        rest = f"{rest[: named.start()]} {rest[named.end() :]}"
    operations = _operations(rest)
    resources = _resources(rest, by_title=not found.functions)
    return Described(
        names.package_name(named[1]) if named is not None else "",
        tuple(replace(one, operations=operations) for one in resources),
        found.functions[:MOST_FUNCTIONS],
        tuple(wanted),
    )


def _resources(text: str, *, by_title: bool) -> list[Resource]:
    described, rest = _with_fields(text)
    mentioned = [name for name in _mentioned(rest) if name not in described]
    known = {**described, **{name: () for name in mentioned if not any(name in one.split("_") for one in described)}}
    if not known and by_title:
        known = dict.fromkeys(_heads(text)[:1], ())
    made = [Resource(name, _linked(name, fields, known)) for name, fields in known.items()]
    return made[:MOST_RESOURCES]


def _with_fields(text: str) -> tuple[dict[str, tuple[Field, ...]], str]:
    """Return the resources whose fields are listed, `books with a title and an author`, and the text without these."""
    found: dict[str, tuple[Field, ...]] = {}
    rest = text
    triggers = list(_HAS.finditer(text))
    latest = ""
    for index, trigger in enumerate(triggers):
        noun, head = trigger["noun"].lower(), text[: trigger.end("noun")]
        head = text[: trigger.start("noun")] if noun in words.listed("agents") else head
        name = latest if noun in words.listed("pronouns") else _resource(head)
        stop = _STOP.search(_INNER.sub(_masked, text[trigger.end() :]))
        following = [one.start() for one in triggers[index + 1 :]]
        end = min([len(text), *([trigger.end() + stop.start()] if stop else []), *following])
        fields = _fields(text[trigger.end() : end])
        if not name:
            latest = next(iter(_mentioned(text[: trigger.start()])[-1:]), latest)
            name = latest if noun in words.listed("pronouns") else ""
        if fields and all(one.kind == "str" and _is_plural(one.name) for one in fields):  # a blog with posts, comments
            found |= {names.resource_name(one.name): () for one in fields}
            name = ""
        if name and fields:
            rest = rest[: trigger.end()] + ";" * (end - trigger.end()) + rest[end:]
            found[name] = tuple({one.name: one for one in (*found.get(name, ()), *fields)}.values())[:MOST_FIELDS]
        latest = name or latest
    return found, rest


def _masked(found: re.Match[str]) -> str:
    return "_" * len(found[0])


def _is_plural(name: str) -> bool:
    return names.singular(name) != name


def _fields(text: str) -> list[Field]:
    fields: list[Field] = []
    for phrase in _SPLIT.split(text.strip()):
        if not phrase.strip():
            continue
        one = field_of(phrase)
        if one is None:
            break
        fields.append(one)
    return fields


def _mentioned(text: str) -> list[str]:
    """Return the resources that the description only names: `an API that manages books and members`."""
    found: list[str] = []
    at = 0
    while verb := _VERB.search(text, at):
        at = verb.start("list")
        for phrase in _SPLIT.split(verb["list"]):
            noun = _DETERMINERS.sub("", phrase.strip())
            head = _REST.sub("", noun)
            name = _resource(head) if len(head.split()) <= 3 else ""
            if verb[0].lower().partition(" ")[2].startswith("for ") and name == names.snake(head).rpartition("_")[2]:
                name = ""  # `an API for a library` names a place, `an API for books` does not
            if not name:
                break
            if name not in found:
                found.append(name)
    return found


def _heads(text: str) -> list[str]:
    """Return what the project's own name says that it keeps: `a todo list`, `recipe API`."""
    found = [_resource(one["noun"]) for one in _HEAD.finditer(text)]
    return [name for name in found if name]


def _resource(text: str) -> str:
    """Return the resource that the last words of a text name, empty where they name none."""
    parts = re.findall(r"[A-Za-z]+", text.rpartition(",")[2].rpartition(".")[2].lower())[-2:]
    no_nouns = words.listed("frame") | words.listed("pronouns")
    last = names.singular(parts[-1]) if parts else ""
    if last in no_nouns or len(last) < 3:
        return ""
    before = parts[0] if len(parts) == 2 else ""
    if last in words.listed("generic") and len(before) > 2 and before not in no_nouns:
        return names.resource_name(f"{before} {last}")
    return names.resource_name(last)


def _linked(name: str, fields: tuple[Field, ...], known: dict[str, tuple[Field, ...]]) -> tuple[Field, ...]:
    """Return the fields with an id in place of another resource: an order's `customer` is its `customer_id`."""
    return tuple(
        Field(f"{one.name}_id", "int") if one.name in known and one.name != name and one.kind == "str" else one
        for one in fields
    )


def _wanted(text: str) -> tuple[list[str], str]:
    """Return the functions that a text describes in words, and the text without them."""
    found: list[str] = []
    for one in list(_FUNCTION.finditer(text))[::-1]:
        does = " ".join((one["does"] or one["bare"]).split()).strip(" ,:`")
        text = f"{text[: one.start()]}. {text[one.end() :]}"
        if len(does.split()) >= 3:
            found.insert(0, does)
    return found[:MOST_FUNCTIONS], text


def _operations(text: str) -> tuple[str, ...]:
    words = text.lower()
    gone: set[str] = set()
    if re.search(r"\bread[- ]only\b", words):
        gone |= {"create", "update", "delete"}
    if re.search(r"\bappend[- ]only\b", words):
        gone |= {"update", "delete"}
    if re.search(r"\b(?:no|without|never|cannot be|can't be|not be) (?:any )?delet", words):
        gone.add("delete")
    if re.search(
        r"\b(?:no|without|never|cannot be|can't be|not be) (?:any )?(?:updat|chang|edit|modif)|immutable", words
    ):
        gone.add("update")
    return tuple(one for one in OPERATIONS if one not in gone)
