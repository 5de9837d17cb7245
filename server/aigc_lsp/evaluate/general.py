"""Cases of general code: fixed lines of modules that come with Python. Which modules is `aigc_finetune`'s to say."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import chain, zip_longest
from pathlib import Path, PurePosixPath

from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.spans import find_spans


def general_cases(files: Iterable[tuple[str, Path, str]], count: int) -> list[Case]:
    """Return up to `count` lines (0: all), one of each file, then a second of each; the same lines at each call.

    `files` are names, paths and texts, as `aigc_finetune.evaluate.general.general_files` yields them.
    """
    from aigc_plugins.syntax import SyntaxTree, language_for

    language = language_for("python", PurePosixPath("module.py"))
    if language is None or not language.has_grammar:
        return []
    by_file = []
    for name, path, text in files:
        spans = find_spans(SyntaxTree(language, text), ("line",))
        random.Random(f"general:{name}").shuffle(spans)  # noqa: S311 - a choice that repeats
        by_file.append(
            [
                Case(
                    f"{name}:{text.count(chr(10), 0, span.start) + 1}",
                    "general",
                    "python",
                    text[: span.start],
                    text[span.end :],
                    text[span.start : span.end],
                    path,
                )
                for span in spans
            ]
        )
    turns = chain.from_iterable(zip_longest(*by_file))
    cases = [case for case in turns if case is not None]
    return cases[:count] if count else cases
