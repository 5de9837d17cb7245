"""Exact match of whole lines by teacher forcing: one pass of the model over a window of a file judges all its lines.

A line counts as right when each of its tokens is the likeliest one after all tokens before it, and the likeliest token
after it ends the line. That is what greedy decoding from the line's start gives, token by token: as long as every
choice agrees, both see the same context, and the first that differs makes both wrong. (Greedy decoding that spells the
same line with other tokens would be right there and wrong here.) Left to right only: no text below, no other files, no
checks of the answer. Figures along the user's path are those of `aigc-lsp evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_finetune.evaluate.reading import Reading, read, said

if TYPE_CHECKING:
    from aigc_finetune.encode.tokenizer import Tokenizer
    from aigc_finetune.types import CorpusFile

_SHORTEST = 4  # bytes of a line that is worth predicting


@dataclass(frozen=True, slots=True)
class Line:
    """Tokens [first, last) of a reading hold a line's text, from what follows its indentation to its last letter."""

    first: int
    last: int
    start: int
    end: int


@dataclass(slots=True)
class LineFigures:
    """Right lines and all lines by file, and the summed log probability of the lines' tokens."""

    right: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    logprob: float = 0.0
    tokens: int = 0
    unread: int = 0  # files whose tokens do not spell their text

    def summary(self, *, resamples: int = 2000, seed: int = 1) -> dict[str, Any]:
        """Return exact match with its 95 % interval (files are resampled), perplexity of the lines' tokens, counts."""
        names = list(self.lines)
        right = np.array([self.right[name] for name in names], dtype=np.float64)
        lines = np.array([self.lines[name] for name in names], dtype=np.float64)
        total = float(lines.sum())
        if not total:
            return {"exact": None, "lines": 0, "files": len(names), "unread": self.unread}
        found: dict[str, Any] = {"exact": float(right.sum()) / total, "lines": int(total), "files": len(names)}
        if resamples and len(names) > 1:
            drawn = np.random.default_rng(seed).integers(0, len(names), (resamples, len(names)))
            shares = right[drawn].sum(1) / np.maximum(lines[drawn].sum(1), 1)
            found["low"], found["high"] = (float(one) for one in np.quantile(shares, (0.025, 0.975)))
        found["perplexity"] = float(np.exp(-self.logprob / self.tokens))
        return {**found, "unread": self.unread}


def line_figures(
    model: Any, tokenizer: Tokenizer, files: Iterable[CorpusFile], *, context_length: int = 512, lines: int = 0
) -> LineFigures:
    """Judge the lines of files that are code: at least 4 bytes with a letter or digit, and not a comment alone.

    A window has `context_length` tokens at most; each line but those at a file's start has half of it before it.
    `lines` ends it after so many (0: all).
    """
    found = LineFigures()
    for file in files:
        reading = read(tokenizer, file.text)
        if reading is None:
            found.unread += 1
            continue
        name = f"{file.source}:{file.path}"
        found.right.setdefault(name, 0)
        found.lines.setdefault(name, 0)
        for window, held in windows(reading, context_length):
            _judge(model, tokenizer, reading, window, held, found, name)
            if lines and sum(found.lines.values()) >= lines:
                return found
    return found


def windows(reading: Reading, context_length: int) -> Iterator[tuple[int, list[Line]]]:
    """Yield the first token of each window and the lines that are judged in it."""
    waiting = list(lines_of(reading))
    while waiting:
        # The first line that waits has half a window before it; the others follow as far as the window reaches.
        start = max(0, waiting[0].first - context_length // 2)
        held = [line for line in waiting if line.last < start + context_length]
        if held:
            yield start, held
        waiting = waiting[max(1, len(held)) :]  # a line that is longer than half a window is left out


def lines_of(reading: Reading) -> Iterator[Line]:
    """Yield the lines that are worth predicting and begin behind the first token."""
    data, at = reading.data, 0
    for raw in data.split(b"\n"):
        text = raw.strip()
        start = at + len(raw) - len(raw.lstrip())
        at += len(raw) + 1
        telling = len(text) >= _SHORTEST and any(chr(byte).isalnum() for byte in text)
        if not telling or text.startswith((b"#", b"//", b"*", b"/*", b"--")):
            continue
        first = int(np.searchsorted(reading.starts, start, side="right")) - 1
        last = int(np.searchsorted(reading.starts, start + len(text), side="left"))
        if first > 0 and not data[reading.starts[first] : start].strip():
            yield Line(first, last, start, start + len(text))


def _judge(
    model: Any, tokenizer: Tokenizer, reading: Reading, start: int, held: list[Line], found: LineFigures, name: str
) -> None:
    # One token more than the last line has, so that the end of the line is predicted, too.
    ids = reading.ids[start : held[-1].last + 1]
    if held[-1].last == len(reading):  # the file's end ends the line: any token stands in, only what is said counts
        ids = [*ids, ids[-1]]
    model_says = said(model, ids)
    there = np.array(ids[1:], dtype=np.int64)
    for line in held:
        low, high = line.first - start - 1, line.last - start - 1
        exact = bool((model_says.best[low:high] == there[low:high]).all())
        ended = reading.starts[line.last] > line.end  # the line's last token holds its end, too
        found.right[name] += exact and (ended or ends_line(tokenizer, int(model_says.best[high])))
        found.lines[name] += 1
        found.logprob += float(model_says.logprob[low:high].sum())
        found.tokens += high - low


def ends_line(tokenizer: Tokenizer, token: int) -> bool:
    """Tell whether a token ends a line: it begins with a newline, or ends the text."""
    vocabulary = tokenizer.vocabulary
    return token in vocabulary.special or vocabulary.token_bytes(token).lstrip(b" \t\r").startswith(b"\n")
