"""What a held-out span owes to text that stands elsewhere: the copy baseline, and whether the span is novel.

It models nothing: the baseline is what looking things up achieves, and a model that learnt has to beat it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_lsp.evaluate import metrics
from aigc_lsp.evaluate.runner import Answer, Result

if TYPE_CHECKING:
    from aigc_lsp.evaluate.cases import Case

_MOST_CONTEXT = 2000  # characters before the cursor that are looked for; a longer match says nothing more


@dataclass(frozen=True, slots=True)
class Baseline:
    """For each case: what copying gives, None for kinds of several lines, and whether its text stands nowhere else."""

    results: tuple[Result | None, ...]
    novel: tuple[bool, ...]


class Elsewhere:
    """The texts of a repository, for looking up what stands in more than one place.

    `texts` has each file by its path; `held_out` are the files that nothing is copied from. Lines are compared without
    the white space at their ends, and blank lines are left out.
    """

    def __init__(self, texts: Iterable[tuple[Path, str]], held_out: Collection[Path]) -> None:
        self._texts = {path: _plain(text) for path, text in texts}
        # Files are kept apart by a character that no line of code has: no match runs from one into the next.
        self._copied_from = "\0".join(text for path, text in self._texts.items() if path not in held_out)

    def novel(self, case: Case) -> bool:
        """Tell whether the case's text stands verbatim nowhere else, in no file and at no other place of its own."""
        wanted = _plain(case.reference)
        if case.before.rpartition("\n")[2].strip() or case.after.partition("\n")[0].strip():
            wanted = wanted.strip("\n")  # a part of a line may be a part of another
        others = (text for path, text in self._texts.items() if path != case.path)
        return not any(wanted in text for text in (*others, _plain(case.before), _plain(case.after)))

    def copied(self, case: Case) -> str:
        """Return the rest of the line after the longest suffix of the text before the cursor that is found elsewhere.

        It is looked for in the files that are not held out, and in the same file above the cursor, which wins where
        both have an equally long one; then the last place counts. What is left of the cursor's line is not repeated.
        """
        context = _context(case.before)
        own, there = _longest(context, context[:-1]), _longest(context, self._copied_from)
        text, end = (context, own[1]) if own[0] >= there[0] else (self._copied_from, there[1])
        line = text[end:].partition("\n")[0].partition("\0")[0]
        rest = case.after.partition("\n")[0].strip()
        return line.removesuffix(rest).rstrip() if rest else line


def baseline(cases: Sequence[Case], elsewhere: Elsewhere, progress: Callable[[int], None]) -> Baseline:
    """Return what copying achieves on each case; `progress` is called with the number of cases done."""
    results: list[Result | None] = []
    novel = []
    for done, case in enumerate(cases, 1):
        results.append(None if "\n" in case.reference else Result((_answer(case, elsewhere.copied(case)),)))
        novel.append(elsewhere.novel(case))
        progress(done)
    return Baseline(tuple(results), tuple(novel))


def _answer(case: Case, text: str) -> Answer:
    return Answer(
        inserted=text,
        reason="" if text else "nothing to copy",
        exact=bool(text) and metrics.exact_match(text, case.reference),
        similarity=metrics.edit_similarity(text, case.reference),
        prefix=metrics.prefix_match(text, case.reference),
        passed=None,
        broken=(),
        total_s=0.0,
    )


def _plain(text: str) -> str:
    """Return the lines without white space at their ends and without blank ones, each between two newlines."""
    lines = [line for one in text.splitlines() if (line := one.strip())]
    return "\n" + "".join(f"{line}\n" for line in lines)


def _context(before: str) -> str:
    """Return `before` as `_plain` has it, but for the cursor's own line, which is not ended."""
    above, _, left = before.rpartition("\n")
    return _plain(above) + left.lstrip()


def _longest(context: str, text: str) -> tuple[int, int]:
    """Return the length of the longest suffix of `context` in `text`, and the end of its last place there.

    If a suffix is found, so is each shorter one: the length is found by halving.
    """
    low, high = 0, min(len(context), _MOST_CONTEXT)
    while low < high:
        middle = (low + high + 1) // 2
        if context[len(context) - middle :] in text:
            low = middle
        else:
            high = middle - 1
    if not low:
        return 0, len(text)
    return low, text.rindex(context[len(context) - low :]) + low
