"""Plain samples cover the files, cut where definitions begin, and are written as the engine writes other files."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_finetune.augment.plain import PlainCase, plain_cases
from aigc_finetune.augment.seeds import file_rng
from aigc_finetune.augment.source import Source
from aigc_models.fim import Context, Special, Text, render
from aigc_models.types import ContextFile
from tests.finetune.encode.helpers import CODE, ODD, TEMPLATE, corpus_file, python_like


def cases(texts: list[str], characters: int, *, joined: bool = True, passes: float = 1.0) -> list[PlainCase]:
    sources = [Source(corpus_file(text, f"pkg/m{number}.py")) for number, text in enumerate(texts)]
    return list(plain_cases(sources, characters, random.Random(1), joined=joined, passes=passes))


def covered(found: list[PlainCase]) -> dict[str, str]:
    """Return each file's text, put together from the pieces."""
    texts: dict[str, str] = {}
    for case in found:
        for piece in case.pieces:
            texts[piece.source.file.path] = texts.get(piece.source.file.path, "") + piece.text
    return texts


@settings(max_examples=80, deadline=None)
@given(st.lists(python_like(), max_size=5), st.integers(1, 300), st.booleans())
def test_one_pass_covers_each_file_once(texts: list[str], characters: int, joined: bool) -> None:
    found = cases(texts, characters, joined=joined)
    expected = {f"pkg/m{number}.py": text for number, text in enumerate(texts) if text.strip()}
    assert covered(found) == expected
    for case in found:
        assert case.characters <= characters
        if not joined:
            assert len(case.pieces) == 1


def test_pieces_begin_at_definitions() -> None:
    text = "\n\n".join(f"def function{n}(value):\n    found = value + {n}\n    return found\n" for n in range(40))
    found = cases([text], 300)
    assert len(found) > 8
    assert all(piece.text.startswith("def ") for case in found for piece in case.pieces)


def test_passes_repeat_the_text_with_other_cuts() -> None:
    twice = cases([CODE * 4], 400, passes=2.0)
    assert sum(case.characters for case in twice) == 2 * len(CODE * 4)
    assert len({piece.end for case in twice for piece in case.pieces}) > len(cases([CODE * 4], 400))
    half = sum(case.characters for case in cases([CODE * 40], 200, passes=0.5))
    assert half == pytest.approx(len(CODE * 40) / 2, rel=0.2)


@pytest.mark.parametrize("separator", ["<file_sep>", ""])
def test_joined_files_are_written_as_in_a_prompt(separator: str) -> None:
    template = replace(TEMPLATE, file_separator=separator)
    found = [case for case in cases(["x = 1\n\n", "y = 2\n", CODE], 4000) if len(case.pieces) > 1]
    assert found
    case = found[0]
    *others, own = case.pieces
    files = tuple(ContextFile(piece.source.file.path, piece.text) for piece in others)
    context = Context(files, "#", own.source.file.path)
    # The engine writes separators around files only where there is something to fill in.
    prompt = render(template if separator else None, own.text, "suffix", context)
    wanted = [part for part in prompt if part not in (Special(TEMPLATE.prefix), Text("suffix"))]
    wanted = [part for part in wanted if not isinstance(part, Special) or part.token == separator]
    assert [part.segment for part in case.sample(template).parts] == wanted


def test_a_sample_that_is_too_long_is_cut_in_two() -> None:
    waiting, pieces = cases([CODE, "x = 1\n"], 5000), []
    while waiting:
        case = waiting.pop()
        both = case.halves()
        if both is None:
            pieces.append(case)
        else:
            assert both[0].characters + both[1].characters == case.characters
            waiting += both
    assert sum(case.characters for case in pieces) == len(CODE) + len("x = 1\n")
    assert {case.characters for case in pieces} == {1}


def test_only_the_end_of_a_file_is_complete() -> None:
    found = [case.sample(TEMPLATE) for case in cases([CODE], 200)]
    assert [sample.complete for sample in found] == [False] * (len(found) - 1) + [True]


def test_random_numbers_belong_to_the_file() -> None:
    one, other = corpus_file(CODE), corpus_file(ODD[4])
    assert file_rng(1, one, "fim").random() == file_rng(1, one, "fim").random()
    values = {
        file_rng(seed, file, use).random() for seed in (1, 2) for file in (one, other) for use in ("fim", "plain")
    }
    assert len(values) == 8
