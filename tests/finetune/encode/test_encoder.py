"""Training sees what the engine writes: the same ids for the same prompt, then the middle, then the end."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aigc_finetune
from aigc_finetune.augment.fim import fim_cases, fim_samples
from aigc_finetune.augment.source import Source
from aigc_finetune.encode.encoder import Encoder
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.recipe import AugmentSection
from aigc_finetune.types import Part, Sample
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.runtimes.fake import FakeRuntime
from aigc_models.fim import FimTemplate, Special, Text
from aigc_models.types import CompletionRequest, ContextFile
from tests.finetune.encode.helpers import (
    CODE,
    ODD,
    TEMPLATE,
    corpus_file,
    embedded_tokenizer,
    python_like,
    small_tokenizer,
    text_of,
)

CONFIG = AugmentSection(context=400, per_file=6.0, max_middle=100)


def engine_prompt(
    tokenizer: Tokenizer, template: FimTemplate, sample: Sample, files: tuple[ContextFile, ...] = ()
) -> tuple[list[int], bytes]:
    """Return the prompt that the engine writes for a sample's prefix and suffix, and the bytes that it heals."""
    runtime = FakeRuntime(LoadOptions("fake", None, "fake"), lambda fraction, text: None)
    runtime.vocabulary = tokenizer.vocabulary
    prompter = Prompter(runtime, None, "fake")
    prompter.fim = replace(template, order="spm" if sample.kind.startswith("spm") else "psm")
    prefix = next(str(part.segment) for part in sample.parts if part.role == "prefix")
    suffix = ""
    if not sample.kind.startswith("ltr"):
        names = [str(part.segment) if isinstance(part.segment, Special) else "" for part in sample.parts]
        suffix = str(sample.parts[names.index(template.suffix) + 1].segment)
    path = PurePosixPath(sample.path).name
    request = CompletionRequest(prefix, suffix, context=files, comment="#", path=path)
    sequence = prompter.completion(request, lambda chunk: None)
    return sequence.prompt, sequence.healed


def check_engine_equality(
    tokenizer: Tokenizer, template: FimTemplate, sample: Sample, files: tuple[ContextFile, ...] = ()
) -> None:
    encoded = Encoder(tokenizer, template).encode([sample])[0]
    ids = encoded.tokens.tolist()
    prompt, healed = engine_prompt(tokenizer, template, sample, files)
    assert ids[: len(prompt)] == prompt
    rest = ids[len(prompt) :]
    if sample.complete:
        assert rest.pop() == tokenizer.end(template)
    middle = next(str(part.segment) for part in sample.parts if part.role == "middle")
    # Generation must begin with the healed bytes: so does what was trained.
    assert text_of(tokenizer, rest) == healed + middle.encode()
    assert not tokenizer.vocabulary.special.intersection(rest)


@pytest.mark.parametrize("text", ODD)
def test_prompts_are_those_of_the_engine(text: str) -> None:
    for sample in fim_samples(corpus_file(text), TEMPLATE, CONFIG, random.Random(7)):
        check_engine_equality(small_tokenizer(), TEMPLATE, sample)


@settings(max_examples=60, deadline=None)
@given(python_like(), st.integers(0, 99))
def test_prompts_of_any_text_are_those_of_the_engine(text: str, seed: int) -> None:
    for sample in fim_samples(corpus_file(text), TEMPLATE, CONFIG, random.Random(seed)):
        check_engine_equality(small_tokenizer(), TEMPLATE, sample)


@pytest.mark.parametrize("separator", ["<file_sep>", ""])
def test_pieces_of_other_files_stand_where_the_engine_puts_them(separator: str) -> None:
    template = replace(TEMPLATE, file_separator=separator)
    config = CONFIG.model_copy(update={"files": 1.0})
    own = Source(corpus_file(CODE.replace("job", "task"), "pkg/own.py"))
    others = [own, Source(corpus_file(CODE, "pkg/other.py")), Source(corpus_file(ODD[5], "pkg/odd.py"))]
    kinds = set()
    for case in fim_cases(own, 60, template, config, random.Random(3), others):
        assert "pkg/own.py" not in [piece.path for piece in case.files]
        assert sum(len(piece.text) for piece in case.files) + len(case.prefix) + len(case.suffix) <= config.context
        sample = case.sample(template)
        assert sample.whole in own.text
        check_engine_equality(small_tokenizer(), template, sample, case.files)
        assert bool(case.files) == ("files" in sample.kind)
        if case.files:
            kinds.add(sample.kind.partition("-")[0])
        assert case.narrowed(50).files == ()
    assert kinds == {"psm", "spm", "ltr"}


def test_many_samples_are_encoded_like_each_alone() -> None:
    samples = list(fim_samples(corpus_file(CODE), TEMPLATE, CONFIG, random.Random(2)))
    encoder = Encoder(small_tokenizer(), TEMPLATE)
    together = encoder.encode(samples)
    for sample, encoded in zip(samples, together, strict=True):
        assert encoder.encode([sample])[0].tokens.tolist() == encoded.tokens.tolist()


@pytest.mark.parametrize("middle_only", [False, True])
def test_the_mask_marks_what_is_trained(middle_only: bool) -> None:
    config = CONFIG.model_copy(update={"middle_only": middle_only})
    tokenizer = small_tokenizer()
    special = tokenizer.vocabulary.special
    for sample in fim_samples(corpus_file(CODE), TEMPLATE, config, random.Random(4)):
        encoded = Encoder(tokenizer, TEMPLATE).encode([sample])[0]
        ids, trained = encoded.tokens.tolist(), encoded.trained.tolist()
        assert len(ids) == len(trained)
        prompt = len(engine_prompt(tokenizer, TEMPLATE, sample)[0])
        assert trained[0] == 0
        assert all(trained[max(prompt, 1) :])
        context = [flag for token, flag in zip(ids[1:prompt], trained[1:prompt], strict=True) if token not in special]
        assert all(flag == (not middle_only) for flag in context)
        assert not any(flag for token, flag in zip(ids[:prompt], trained[:prompt], strict=True) if token in special)


def test_text_never_becomes_a_special_token() -> None:
    tokenizer = small_tokenizer()
    text = "a<|endoftext|>b<fim_middle><file_sep>"
    sample = Sample("plain", "a.py", (Part(Text(text)),), text, complete=False)
    ids = Encoder(tokenizer, TEMPLATE).encode([sample])[0].tokens.tolist()
    assert not tokenizer.vocabulary.special.intersection(ids)
    assert text_of(tokenizer, ids) == text.encode()


def test_a_cut_inside_a_character_keeps_its_bytes() -> None:
    tokenizer = small_tokenizer()
    prefix = "name = '日"
    kept, taken = tokenizer.vocabulary.cut_for_healing(tokenizer.encode(prefix))
    parts = (Part(Text(prefix), True, "prefix"), Part(Text("本'"), True, "middle"))
    encoded = Encoder(tokenizer, None).encode([Sample("ltr-span", "a.py", parts, prefix + "本'")])[0]
    assert encoded.tokens[: len(kept)].tolist() == kept
    assert text_of(tokenizer, encoded.tokens.tolist()) == (prefix + "本'").encode()
    assert isinstance(taken, bytes)


@pytest.mark.real_model
def test_the_embedded_models_prompts_are_those_of_the_engine() -> None:
    template = FimTemplate("<jupyter_code>", "<jupyter_text>", "<jupyter_output>", stop=("<|endoftext|>", "<|im_end|>"))
    tokenizer = embedded_tokenizer()
    count = 0
    own = [
        path.read_text(encoding="utf-8") for path in sorted(Path(aigc_finetune.__file__).parent.glob("augment/*.py"))
    ]
    for number, text in enumerate((*ODD, *own)):
        for sample in fim_samples(corpus_file(text), template, CONFIG, random.Random(number)):
            check_engine_equality(tokenizer, template, sample)
            count += 1
    assert count > 100
    assert tokenizer.end(template) == tokenizer.special("<|endoftext|>")
