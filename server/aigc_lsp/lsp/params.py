"""Reads the params of the methods on the hot path from raw JSON: tolerant of extra fields, strict about what we use.

lsprotocol would refuse triggerKind 0, which vscode-languageclient 9 sends, and drop fields that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aigc_lsp.lsp.envelope import INVALID_PARAMS, RpcError


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a document, zero-based, `character` counted in the session's encoding."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """A half-open stretch of a document."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Opened:
    """`textDocument/didOpen`."""

    uri: str
    language_id: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One content change; `range` None replaces the whole text."""

    text: str
    range: Range | None


@dataclass(frozen=True, slots=True)
class Changed:
    """`textDocument/didChange`."""

    uri: str
    version: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """What the editor's own completion menu has selected: ghost text must extend it."""

    range: Range
    text: str


@dataclass(frozen=True, slots=True)
class At:
    """A request at a place: `trigger` is the number that the client sent, None where it sent none."""

    uri: str
    position: Position
    version: int | None = None
    trigger: int | None = None
    selected: Selected | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """`workspace/executeCommand`."""

    name: str
    arguments: tuple[Any, ...]


def invalid(what: str) -> RpcError:
    """Return the error for params of which `what` is wrong."""
    return RpcError(INVALID_PARAMS, f"invalid params: {what}")


def mapping(value: Any, what: str) -> dict[str, Any]:
    """Return `value` where it is a JSON object, else raise the -32602 error."""
    if not isinstance(value, dict):
        raise invalid(f"{what} is an object")
    return value


def string(value: Any, what: str) -> str:
    """Return `value` where it is a string, else raise the -32602 error."""
    if not isinstance(value, str):
        raise invalid(f"{what} is a string")
    return value


def integer(value: Any, what: str) -> int:
    """Return `value` where it is an integer, else raise the -32602 error."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{what} is an integer")
    return value


def _optional_integer(value: Any, what: str) -> int | None:
    return None if value is None else integer(value, what)


def _position(value: Any, what: str) -> Position:
    data = mapping(value, what)
    line, character = integer(data.get("line"), f"{what}.line"), integer(data.get("character"), f"{what}.character")
    if line < 0 or character < 0:
        raise invalid(f"{what} is not negative")
    return Position(line, character)


def range_(value: Any, what: str) -> Range:
    """Return `value` as a range, else raise the -32602 error."""
    data = mapping(value, what)
    return Range(_position(data.get("start"), f"{what}.start"), _position(data.get("end"), f"{what}.end"))


def _document(params: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    data = mapping(params, "params")
    return data, mapping(data.get("textDocument"), "textDocument")


def opened(params: Any) -> Opened:
    """Read the params of `textDocument/didOpen`."""
    _, document = _document(params)
    return Opened(
        string(document.get("uri"), "textDocument.uri"),
        string(document.get("languageId", ""), "textDocument.languageId"),
        integer(document.get("version", 0), "textDocument.version"),
        string(document.get("text"), "textDocument.text"),
    )


def changed(params: Any) -> Changed:
    """Read the params of `textDocument/didChange`."""
    data, document = _document(params)
    entries = data.get("contentChanges")
    if not isinstance(entries, list):
        raise invalid("contentChanges is a list")
    changes = []
    for entry in entries:
        change = mapping(entry, "a content change")
        where = change.get("range")
        changes.append(Change(string(change.get("text"), "text"), None if where is None else range_(where, "range")))
    version = _optional_integer(document.get("version"), "textDocument.version")
    return Changed(string(document.get("uri"), "textDocument.uri"), version, tuple(changes))


def closed(params: Any) -> str:
    """Read the params of `textDocument/didClose` or `didSave`: the URI."""
    _, document = _document(params)
    return string(document.get("uri"), "textDocument.uri")


def watched(params: Any) -> list[str]:
    """Read the params of `workspace/didChangeWatchedFiles`: the URIs."""
    changes = mapping(params, "params").get("changes")
    if not isinstance(changes, list):
        raise invalid("changes is a list")
    return [string(mapping(change, "changes").get("uri"), "changes.uri") for change in changes]


def at(params: Any) -> At:
    """Read the params of `textDocument/inlineCompletion` and `textDocument/completion`."""
    data, document = _document(params)
    raw_context = data.get("context")
    context = mapping(raw_context, "context") if raw_context is not None else {}
    raw_selected = context.get("selectedCompletionInfo")
    selected = None
    if raw_selected is not None:
        info = mapping(raw_selected, "selectedCompletionInfo")
        text = info.get("text")
        if isinstance(text, dict):  # a StringValue, as an early draft of 3.18 had it
            text = text.get("value")
        selected = Selected(range_(info.get("range"), "selectedCompletionInfo.range"), string(text, "text"))
    return At(
        string(document.get("uri"), "textDocument.uri"),
        _position(data.get("position"), "position"),
        _optional_integer(document.get("version"), "textDocument.version"),
        _optional_integer(context.get("triggerKind"), "context.triggerKind"),
        selected,
    )


def pushed(params: Any) -> Any:
    """Read the params of `workspace/didChangeConfiguration`: the settings, None from clients that want to be asked."""
    return params.get("settings") if isinstance(params, dict) else None


def command(params: Any) -> Command:
    """Read the params of `workspace/executeCommand`."""
    data = mapping(params, "params")
    arguments = data.get("arguments")
    if arguments is not None and not isinstance(arguments, list):
        raise invalid("arguments is a list")
    return Command(string(data.get("command"), "command"), tuple(arguments or ()))
