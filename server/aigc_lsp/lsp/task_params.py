"""Reads what the editor says of a place for tasks: the params of code actions, their data, a command's argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp import params as read

if TYPE_CHECKING:
    from aigc_lsp.lsp.documents import Documents
    from aigc_lsp.lsp.params import Range
    from aigc_plugins.api import Argument, Diagnostic, Place
    from aigc_plugins.document import Document

_AUTOMATIC = 2  # CodeActionTriggerKind: nobody asked, a save for example
_MOST_DIAGNOSTICS = 20
_KEPT = ("range", "message", "code", "source", "severity")


@dataclass(frozen=True, slots=True)
class Asked:
    """A place for tasks: a document and a range of it, all of it where that is None.

    `only` holds the kinds that the editor wants, none for all; `automatic` says that the user did not ask.
    """

    uri: str
    range: Range | None
    only: tuple[str, ...] = ()
    automatic: bool = False
    diagnostics: tuple[dict[str, Any], ...] = ()

    def wants(self, kind: str) -> bool:
        """Tell whether the editor wants actions of a kind now: those of `source` never by itself, as on a save."""
        if self.automatic and (kind == "source" or kind.startswith("source.")):
            return False
        return not self.only or any(kind == one or kind.startswith(one + ".") for one in self.only)


def asked(params: Any) -> Asked:
    """Read the params of `textDocument/codeAction`."""
    data = read.mapping(params, "params")
    document = read.mapping(data.get("textDocument"), "textDocument")
    context = read.mapping(data.get("context") or {}, "context")
    only = context.get("only")
    kinds = tuple(kind for kind in only if isinstance(kind, str)) if isinstance(only, list) else ()
    uri = read.string(document.get("uri"), "textDocument.uri")
    automatic = context.get("triggerKind") == _AUTOMATIC
    where = read.range_(data.get("range"), "range")
    return Asked(uri, where, kinds, automatic, _diagnostics(context.get("diagnostics")))


def argument_place(argument: dict[str, Any]) -> Asked:
    """Read the place that the argument of a command, or the data of a code action, names."""
    where = argument.get("range")
    place = None if where is None else read.range_(where, "range")
    return Asked(read.string(argument.get("uri"), "uri"), place, diagnostics=_diagnostics(argument.get("diagnostics")))


def place_of(asked: Asked, document: Document, documents: Documents) -> Place:
    """Return the place in the document's present text.

    Raises:
        RpcError: -32602, the range lies outside of it.
    """
    from aigc_plugins.api import Place

    snapshot = document.snapshot()
    try:
        start = 0 if asked.range is None else documents.offset(document, asked.range.start)
        end = len(snapshot.text) if asked.range is None else documents.offset(document, asked.range.end)
    except ValueError as error:
        raise read.invalid(str(error)) from None
    found = (_diagnostic(one, document, documents) for one in asked.diagnostics)
    return Place(snapshot, start, end, tuple(one for one in found if one is not None))


def json_range(where: Range | None) -> dict[str, Any] | None:
    """Return a range as it came."""
    if where is None:
        return None
    places = {"start": where.start, "end": where.end}
    return {key: {"line": at.line, "character": at.character} for key, at in places.items()}


def question(one: Argument) -> dict[str, Any]:
    """Return what the editor has to know to ask for an argument."""
    return {
        "name": one.name,
        "title": one.title,
        "kind": "choice" if one.choices else "text",
        "choices": list(one.choices),
        "default": one.default,
        "placeholder": one.placeholder,
    }


def _diagnostics(value: Any) -> tuple[dict[str, Any], ...]:
    """Keep of diagnostics what tasks know; what is none is left out, it is no reason to offer nothing."""
    entries = value if isinstance(value, list) else []
    found = [one for one in entries if isinstance(one, dict) and isinstance(one.get("message"), str)]
    return tuple({key: one[key] for key in _KEPT if key in one} for one in found[:_MOST_DIAGNOSTICS])


def _diagnostic(raw: dict[str, Any], document: Document, documents: Documents) -> Diagnostic | None:
    from aigc_lsp.lsp.envelope import RpcError
    from aigc_plugins.api import Diagnostic

    try:
        where = read.range_(raw.get("range"), "range")
        start, end = documents.offset(document, where.start), documents.offset(document, where.end)
    except (RpcError, ValueError):
        return None
    code, source, severity = raw.get("code"), raw.get("source"), raw.get("severity")
    return Diagnostic(
        start,
        max(start, end),
        raw["message"],
        str(code) if isinstance(code, str | int) else "",
        source if isinstance(source, str) else "",
        severity if isinstance(severity, int) else 1,
    )
