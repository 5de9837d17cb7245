"""Puts code into Markdown so that nothing in it ends its span or its block. It writes no sentences."""

from __future__ import annotations

import re


def span(code: str, longest: int = 80) -> str:
    """Return code as a span on one line, cut where it is long."""
    text = " ".join(code.split())
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def block(code: str, language: str) -> str:
    """Return code as a fenced block."""
    fence = "`" * max(max((len(run) for run in re.findall("`+", code)), default=0) + 1, 3)
    return f"{fence}{language}\n{code.rstrip()}\n{fence}\n"


def spans(codes: list[str], most: int = 12) -> str:
    """Return some pieces of code in a row."""
    shown = ", ".join(span(code, 50) for code in codes[:most])
    return f"{shown} and {len(codes) - most} more" if len(codes) > most else shown


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
