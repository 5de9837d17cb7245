"""Fill-in-the-middle samples rebuild the source byte for byte; their middles are what their kind says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_finetune.augment.fim import fim_cases, fim_samples
from aigc_finetune.augment.middles import line_middle, node_middle, span_middle, tail_middle
from aigc_finetune.augment.source import Source
from aigc_finetune.recipe import AugmentSection
from aigc_finetune.types import Sample
from aigc_models.fim import Special, Text
from tests.finetune.encode.helpers import CODE, ODD, TEMPLATE, corpus_file, python_like

CONFIG = AugmentSection(context=300, per_file=8.0, max_middle=120)


def samples(text: str, seed: int = 1, config: AugmentSection = CONFIG) -> list[Sample]:
    return list(fim_samples(corpus_file(text), TEMPLATE, config, random.Random(seed)))


def fields(sample: Sample) -> tuple[str, str, str]:
    """Return prefix, middle and suffix, by the markers alone."""
    prefix = "".join(str(part.segment) for part in sample.parts if part.role == "prefix")
    middle = "".join(str(part.segment) for part in sample.parts if part.role == "middle")
    names = [str(part.segment) if isinstance(part.segment, Special) else "" for part in sample.parts]
    suffix = "" if sample.kind.startswith("ltr") else str(sample.parts[names.index(TEMPLATE.suffix) + 1].segment)
    return prefix, middle, suffix


def check_rebuilt(text: str, sample: Sample, context: int) -> None:
    prefix, middle, suffix = fields(sample)
    assert prefix + middle + suffix == sample.whole
    assert sample.whole in text
    assert middle.strip()
    assert len(prefix) + len(suffix) <= context


@pytest.mark.parametrize("text", ODD)
def test_samples_of_odd_sources_rebuild_them(text: str) -> None:
    for seed in range(20):
        for sample in samples(text, seed):
            check_rebuilt(text, sample, CONFIG.context)
    assert bool(samples(text)) == bool(text.strip())


@settings(max_examples=150, deadline=None)
@given(python_like(), st.integers(0, 1000), st.sampled_from(["python", "rust", "plaintext", "json"]))
def test_samples_of_any_text_rebuild_it(text: str, seed: int, language: str) -> None:
    file = corpus_file(text, "a.txt", language)
    for sample in fim_samples(file, TEMPLATE, CONFIG, random.Random(seed)):
        check_rebuilt(text, sample, CONFIG.context)


def test_prompts_are_written_in_both_orders() -> None:
    found = {sample.kind.partition("-")[0]: sample for seed in range(20) for sample in samples(CODE, seed)}
    psm = [part.role or str(part.segment) for part in found["psm"].parts]
    spm = [part.role or str(part.segment) for part in found["spm"].parts]
    assert psm[:3] == ["<fim_prefix>", "prefix", "<fim_suffix>"]
    assert psm[4:] == ["<fim_middle>", "middle"]
    assert spm[:2] == ["<fim_prefix>", "<fim_suffix>"]
    assert spm[3:] == ["<fim_middle>", "prefix", "middle"]


def test_rates_choose_the_order() -> None:
    for rate, order in ((0.0, "psm"), (1.0, "spm")):
        kinds = {
            sample.kind for seed in range(9) for sample in samples(CODE, seed, CONFIG.model_copy(update={"spm": rate}))
        }
        assert {kind.partition("-")[0] for kind in kinds} <= {order, "ltr"}


def test_a_node_middle_is_a_whole_node() -> None:
    source = Source(corpus_file("# äöü 日本 \U0001f600\n" + CODE))
    kinds = set()
    for seed in range(300):
        middle = node_middle(source, random.Random(seed), 200)
        assert middle is not None
        start, end = source.byte_of(middle.start), source.byte_of(middle.end)
        node = source.root.descendant_for_byte_range(start, end) if source.root else None
        assert node is not None
        assert (node.start_byte, node.end_byte) == (start, end)
        assert not node.has_error
        assert node.text is not None
        assert node.text.decode() == source.text[middle.start : middle.end]
        kinds.add(node.type)
    assert {"call", "argument_list", "block", "return_statement", "if_statement", "function_definition"} <= kinds


def test_broken_code_gives_no_node_with_an_error() -> None:
    source = Source(corpus_file("def f(:\n    return (1 +\nx = g(1, 2)\n"))
    for seed in range(60):
        middle = node_middle(source, random.Random(seed), 200)
        if middle is not None and source.root is not None:
            node = source.root.descendant_for_byte_range(middle.start, middle.end)
            assert node is not None
            assert not node.has_error


def test_line_middles_end_where_a_line_or_its_closers_begin() -> None:
    source = Source(corpus_file(CODE))
    starts = set(source.line_starts)
    at_start = behind_indentation = within_word = several = closers = total = 0
    for seed in range(1500):
        middle = line_middle(source, random.Random(seed), 200)
        assert middle is not None
        total += 1
        rest = CODE[middle.end :].partition("\n")[0]
        assert not rest.strip(")]}\"',:;")
        closers += bool(rest)
        several += "\n" in CODE[middle.start : middle.end]
        at_start += middle.start in starts
        line = CODE.rfind("\n", 0, middle.start) + 1
        behind_indentation += line < middle.start and not CODE[line : middle.start].strip()
        within_word += CODE[middle.start - 1 : middle.start].isalnum() and CODE[middle.start].isalnum()
    assert 0.45 < at_start / total < 0.75  # unindented lines begin with their code
    assert behind_indentation / total > 0.1
    assert within_word / total > 0.03
    assert several / total > 0.1
    assert 0 < closers / total < 0.15


def test_spans_begin_and_end_anywhere() -> None:
    source = Source(corpus_file(CODE))
    lengths = []
    for seed in range(300):
        middle = span_middle(source, random.Random(seed), 100)
        assert middle is not None
        lengths.append(middle.end - middle.start)
    assert min(lengths) == 1
    assert 50 < max(lengths) <= 100


def test_a_tail_reaches_to_the_files_end_and_is_asked_left_to_right() -> None:
    source = Source(corpus_file(CODE + "\n\n"))
    middle = tail_middle(source, random.Random(1), 120)
    assert middle is not None
    assert not source.text[middle.end :].strip()
    tails = [sample for seed in range(200) for sample in samples(CODE, seed) if sample.kind.startswith("ltr")]
    assert tails
    for sample in tails:
        assert not any(isinstance(part.segment, Special) for part in sample.parts)
        assert sample.complete == (not CODE[CODE.index(sample.whole) + len(sample.whole) :].strip())


def test_windows_start_at_definitions_or_lines() -> None:
    source = Source(corpus_file(CODE))
    starts = {0, *source.line_starts}
    for case in fim_cases(source, 200, TEMPLATE, CONFIG, random.Random(3)):
        assert case.start in starts
        assert case.end == len(CODE) or case.end in starts or case.end - case.middle.end < 80
    definitions = [case for case in fim_cases(source, 200, TEMPLATE, CONFIG, random.Random(3)) if case.start]
    assert any(case.start in source.definitions for case in definitions)


def test_a_narrower_window_keeps_the_middle() -> None:
    source = Source(corpus_file(CODE))
    for case in fim_cases(source, 40, TEMPLATE, CONFIG, random.Random(5)):
        less = case.narrowed(60)
        assert less.middle == case.middle
        assert len(less.prefix) + len(less.suffix) <= 60
        check_rebuilt(CODE, less.sample(TEMPLATE), 60)


def test_only_the_middle_is_trained_on_request() -> None:
    config = CONFIG.model_copy(update={"middle_only": True})
    for sample in samples(CODE, config=config):
        assert [part.trained for part in sample.parts] == [part.role == "middle" for part in sample.parts]


def test_markers_are_never_targets() -> None:
    for sample in samples(CODE):
        for part in sample.parts:
            assert part.trained == isinstance(part.segment, Text)


def test_noise_changes_the_context_and_nothing_else() -> None:
    config = CONFIG.model_copy(update={"noise": 1.0, "context": 600})
    changed = 0
    for seed in range(20):
        clean = samples(CODE, seed, config.model_copy(update={"noise": 0.0}))
        for before, sample in zip(clean, samples(CODE, seed, config), strict=True):
            assert sample.kind.endswith("-noise")
            assert sample.whole in CODE
            prefix, middle, suffix = fields(before)
            noisy_prefix, same, noisy_suffix = fields(sample)
            assert same == middle
            assert noisy_prefix[-20:] == prefix[-20:] or len(prefix) < 20
            assert noisy_suffix[:20] == suffix[:20] or len(suffix) < 20
            assert noisy_prefix.count("\n") == prefix.count("\n")
            changed += (noisy_prefix, noisy_suffix) != (prefix, suffix)
    assert changed > 20


def test_a_language_without_a_grammar_has_lines_and_spans() -> None:
    file = corpus_file("one two three\nfour five six\n" * 20, "notes.txt", "plaintext")
    kinds = {s.kind for seed in range(9) for s in fim_samples(file, TEMPLATE, CONFIG, random.Random(seed))}
    assert kinds
    assert not any("node" in kind for kind in kinds)
