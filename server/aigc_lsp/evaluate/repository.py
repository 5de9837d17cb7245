"""Makes cases from a repository: spans that its syntax offers, spread evenly over its files, the same for a seed."""

from __future__ import annotations

import builtins
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.spans import KINDS, Span, find_spans
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_plugins.syntax import Language
    from aigc_plugins.workspace import Workspace

_DEFAULT_KINDS = ("line", "call", "block")
_ENOUGH_FILES = 2000  # after so many, what was found has to do: a large repository takes minutes to parse
# Names that belong to languages and their standard libraries: what a repository defines once may still be called there.
_COMMON = frozenset(
    name
    for kind in (str, bytes, bytearray, list, dict, set, frozenset, tuple, int, float, complex, object, type, builtins)
    for name in dir(kind)
) | frozenset(
    word
    for words in (
        "acquire cancel close compile concat critical cursor debug deepcopy done dump dumps entries error exception",
        "execute exists fetchall fetchone filter findall finditer flat flush forEach fullmatch group groups includes",
        "indexOf info join listen load loads log map match mkdir notify open pprint push put read readline recv reduce",
        "release result reverse run search seek send set shift slice some splice start stop sub submit tell then",
        "toString trim unshift wait warn warning write",
    )
    for word in words.split()
)


class NothingToMaskError(AigcError):
    """A folder without a file, or without a span, that could be masked."""


def repository_cases(
    root: Path,
    workspace: Workspace,
    *,
    kinds: Sequence[str] = _DEFAULT_KINDS,
    count: int = 200,
    seed: int = 1,
    languages: Collection[str] = (),
    max_file_kb: int = 512,
    only: Collection[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, all_: None,
) -> list[Case]:
    """Return up to `count` cases (0: all there are) of these kinds, as many of each as there are, kinds in turn.

    Files that git or `.aigcignore` leaves out, secrets, and files above `max_file_kb` KiB are never read. `languages`
    are LSP ids, none means all. `workspace` has the definitions by which a `cross-file` call is known: a call of a
    function or method that is defined once in the repository, in another file. `only` are the paths (relative to
    `root`) to mask, None means all. `progress(done, all)` counts files.

    Raises:
        NothingToMaskError: there is no such span.
    """
    files = [one for one in source_files(root, languages, max_file_kb) if only is None or one[0] in only]
    if only is not None and not files:
        raise NothingToMaskError(
            f"{root} has none of the {len(only)} listed files: they are not there, ignored, or in no known language."
        )
    if not files:
        raise NothingToMaskError(f"{root} has no source file to mask. Is it ignored, or in no known language?")
    random.Random(f"{seed}").shuffle(files)  # noqa: S311 - a choice that repeats
    wanted = -(-count // len(kinds)) if count else 0
    candidates: dict[str, list[list[Case]]] = defaultdict(list)  # by kind, then by file
    for done, (path, language) in enumerate(files):
        progress(done, len(files))
        if wanted and all(_enough(candidates[kind], wanted, done) for kind in kinds):
            break
        for kind, found in _cases_of(root, path, language, kinds, workspace, seed).items():
            candidates[kind].append(found)
    chosen = [_in_turn(candidates[kind], wanted) for kind in kinds]
    cases = [case for case in chain.from_iterable(zip_longest(*chosen)) if case is not None]
    if not cases:
        raise NothingToMaskError(f"{root} has no {' or '.join(kinds)} to mask. --spans names the others: see --help.")
    return cases[:count] if count else cases


def source_files(root: Path, languages: Collection[str], max_file_kb: int) -> Iterator[tuple[str, Language]]:
    """Yield the files that may be read and have a grammar, by their paths relative to `root`."""
    from aigc_plugins.index.ignore import Rules
    from aigc_plugins.syntax import language_for

    for path, status in Rules(root).files():
        language = language_for("", PurePosixPath(path))
        if language is None or not language.has_grammar or not 0 < status.st_size <= max_file_kb * 1024:
            continue
        if not languages or not {language.name, *language.ids}.isdisjoint(languages):
            yield path, language


def _cases_of(
    root: Path, path: str, language: Language, kinds: Sequence[str], workspace: Workspace, seed: int
) -> dict[str, list[Case]]:
    """Return a file's cases by kind, each kind shuffled."""
    from aigc_plugins.syntax import SyntaxTree

    text = source_text(root / path)
    if text is None:
        return {}
    wanted = {*kinds, "call"} if "cross-file" in kinds else set(kinds)
    spans = find_spans(SyntaxTree(language, text), wanted)
    found: dict[str, list[Case]] = {}
    for kind in kinds:
        if kind == "cross-file":
            calls = [one for one in spans if one.kind == "call"]
            chosen = [one for one in calls if _defined_elsewhere(one, text, path, language, workspace)]
        else:
            chosen = [one for one in spans if one.kind == kind]
        random.Random(f"{seed}:{kind}:{path}").shuffle(chosen)  # noqa: S311
        if chosen:
            found[kind] = [_case(root, path, language, text, kind, span) for span in chosen]
    return found


def source_text(path: Path) -> str | None:
    """Return a file's text; None where it cannot be read as UTF-8."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _case(root: Path, path: str, language: Language, text: str, kind: str, span: Span) -> Case:
    line = text.count("\n", 0, span.start)
    column = span.start - (text.rfind("\n", 0, span.start) + 1)
    return Case(
        name=f"{path}:{line + 1}:{column + 1}",
        kind=kind,
        language=language.ids[0] if language.ids else language.name,
        before=text[: span.start],
        after=text[span.end :],
        reference=text[span.start : span.end],
        path=root / path,
    )


def _defined_elsewhere(span: Span, text: str, path: str, language: Language, workspace: Workspace) -> bool:
    if span.callee in _COMMON or (span.callee.startswith("__") and span.callee.endswith("__")):
        return False
    found = workspace.symbols(span.callee, language=language.name, limit=2)
    if len(found) != 1 or found[0].path == path:
        return False
    of_something = text[: span.start].rstrip().endswith((".", "->", "::"))
    return found[0].kind == "function" or (found[0].kind == "method" and of_something)


def _enough(files: list[list[Case]], wanted: int, parsed: int) -> bool:
    return len(files) >= wanted or (parsed >= _ENOUGH_FILES and sum(map(len, files)) >= wanted)


def _in_turn(files: list[list[Case]], wanted: int) -> list[Case]:
    """Return `wanted` cases (0: all), one of each file, then a second of each, and so on."""
    turns = chain.from_iterable(zip_longest(*files))
    cases = [case for case in turns if case is not None]
    return cases[:wanted] if wanted else cases


def check_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of spans asked for, each once; the usual ones where none was.

    Raises:
        ValueError: one is not known; the text names those that are.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of span; there are {', '.join(KINDS)}")
    return tuple(dict.fromkeys(kinds)) or _DEFAULT_KINDS
