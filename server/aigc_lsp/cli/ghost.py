"""Showing a suggestion: the code around the cursor with the new text dimmed, or as data for a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from aigc_lsp.completion import Outcome
    from aigc_models.types import EngineStatus
    from aigc_plugins.document import Snapshot
    from aigc_plugins.inline import Suggestion

_BEFORE, _AFTER = 6, 4  # lines of code shown around the suggestion
_GHOST = "bright_black italic"


def show(snapshot: Snapshot, offset: int, suggestion: Suggestion) -> None:
    """Print the code around the cursor with the suggestion in it, dimmed as an editor would."""
    from rich.text import Text

    from aigc_plugins.text import LineIndex

    text, (begin, end) = inserted(snapshot.text, offset, suggestion)
    index = LineIndex(text)
    first, last = index.line_at(begin), index.line_at(max(begin, end - 1))
    shown = range(max(0, first - _BEFORE), min(index.line_count, last + 1 + _AFTER))
    width = len(str(shown.stop))
    out = output.console()
    for number in shown:
        start, stop = index.span(number)
        code = Text(text[start:stop])
        code.stylize(_GHOST, max(0, begin - start), max(0, end - start))
        out.print(Text.assemble((f"{number + 1:>{width}} ", "dim"), code))


def inserted(text: str, offset: int, suggestion: Suggestion) -> tuple[str, tuple[int, int]]:
    """Return the text with the suggestion in place, and the range of what is new in it."""
    result = text[: suggestion.start] + suggestion.text + text[suggestion.end :]
    typed = text[suggestion.start : max(offset, suggestion.start)]
    same = next((at for at, (a, b) in enumerate(zip(typed, suggestion.text, strict=False)) if a != b), None)
    same = min(len(typed), len(suggestion.text)) if same is None else same
    return result, (suggestion.start + same, suggestion.start + len(suggestion.text))


def as_data(snapshot: Snapshot, outcome: Outcome, status: EngineStatus) -> dict[str, Any]:
    """Return the outcome for `--json`; lines and columns count from 1 in characters, times are milliseconds."""
    from aigc_plugins.text import LineIndex

    index = LineIndex(snapshot.text)

    def point(offset: int) -> dict[str, int]:
        line, column = index.position(offset, "utf-32")
        return {"line": line + 1, "column": column + 1}

    found, usage = outcome.suggestion, outcome.usage
    return {
        "suggestion": {"text": found.text, "start": point(found.start), "end": point(found.end)} if found else None,
        "reason": outcome.reason or None,
        "model": status.model,
        "runtime": status.runtime,
        "first_token_ms": round(outcome.first_token_s * 1000, 1) if outcome.first_token_s is not None else None,
        "total_ms": round(outcome.total_s * 1000, 1),
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "cached_tokens": usage.cached_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
    }


def summary(outcome: Outcome, status: EngineStatus) -> str:
    """Return one line about how it went, for a person."""
    parts = [f"{status.model} on {status.runtime}" if status.runtime else status.model or "the engine"]
    if outcome.first_token_s is not None:
        parts.append(f"first token after {outcome.first_token_s * 1000:.0f} ms")
    parts.append(f"{outcome.total_s * 1000:.0f} ms in all")
    return ", ".join(parts)
