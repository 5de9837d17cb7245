"""Turns an offer into what LSP calls it: an inline completion item, or an item of the completion menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_lsp.lsp.documents import Documents
    from aigc_lsp.lsp.offers import Offer

ACCEPTED = "aigc.accepted"
_LABEL = 60
_SNIPPET_KIND = 15  # the kind with which editors show text of several lines; the text itself is plain
_LAST = "\U0010ffff"
_AS_IS = 1


def inline_item(offer: Offer, number: int) -> dict[str, Any]:
    """Return an offer as an `InlineCompletionItem`; `number` is the id by which the editor speaks of it."""
    return {"insertText": offer.suggestion.text, "range": offer.range, "command": _accept(offer, number)}


def menu_item(offer: Offer, documents: Documents, number: int) -> dict[str, Any]:
    """Return an offer as a `CompletionItem` that sorts below what other servers know for sure.

    It takes in the word before the cursor: editors filter the menu by that word.
    """
    suggestion, text = offer.suggestion, offer.snapshot.text
    start = suggestion.start
    while start > offer.base and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    new_text = text[start : suggestion.start] + suggestion.text
    document = documents.get(offer.snapshot.uri)
    where = (
        offer.range if document is None else documents.range(document, start - offer.base, suggestion.end - offer.base)
    )
    lines = new_text.strip().splitlines() or [new_text]
    label = lines[0][:_LABEL]
    return {
        "label": label if label == new_text.strip() else label + "…",
        "kind": _SNIPPET_KIND,
        "detail": "aigc-lsp",
        "documentation": {"kind": "plaintext", "value": new_text},
        "sortText": _LAST,
        "filterText": new_text.splitlines()[0] if new_text.strip() else new_text,
        "insertTextMode": _AS_IS,
        "textEdit": {"range": where, "newText": new_text},
        "command": _accept(offer, number),
    }


def _accept(offer: Offer, number: int) -> dict[str, Any]:
    argument = {"uri": offer.snapshot.uri, "id": number}
    return {"title": "Suggestion accepted", "command": ACCEPTED, "arguments": [argument]}
