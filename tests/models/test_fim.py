"""Prompts are written as each family was trained, and user text stays text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_models.catalog import load_catalog
from aigc_models.fim import Context, FimTemplate, Special, Text, detect, render, render_text
from aigc_models.types import ContextFile

EXPECTED = {
    "qwen2_5-coder": "<|fim_prefix|>PRE<|fim_suffix|>SUF<|fim_middle|>",
    "qwen3-coder": "<|fim_prefix|>PRE<|fim_suffix|>SUF<|fim_middle|>",
    "starcoder2": "<fim_prefix>PRE<fim_suffix>SUF<fim_middle>",
    "starcoderbase": "<fim_prefix>PRE<fim_suffix>SUF<fim_middle>",
    "santacoder": "<fim-prefix>PRE<fim-suffix>SUF<fim-middle>",
    "deepseek-coder": "<\uff5cfim\u2581begin\uff5c>PRE<\uff5cfim\u2581hole\uff5c>SUF<\uff5cfim\u2581end\uff5c>",
    "deepseek-coder-v2": "<\uff5cfim\u2581begin\uff5c>PRE<\uff5cfim\u2581hole\uff5c>SUF<\uff5cfim\u2581end\uff5c>",
    "codellama": "<PRE> PRE <SUF>SUF <MID>",
    "codegemma": "<|fim_prefix|>PRE<|fim_suffix|>SUF<|fim_middle|>",
    "codestral": "[SUFFIX]SUF[PREFIX]PRE",
    "granite-code": "<fim_prefix>PRE<fim_suffix>SUF<fim_middle>",
    "granite-3": "<fim_prefix>PRE<fim_suffix>SUF<fim_middle>",
    "stable-code": "<fim_prefix>PRE<fim_suffix>SUF<fim_middle>",
}


def template(name: str) -> FimTemplate:
    family = load_catalog().family(name)
    assert family is not None
    assert family.fim is not None
    return family.fim


@pytest.mark.parametrize(("family", "prompt"), EXPECTED.items())
def test_the_prompt_is_the_one_of_the_family(family: str, prompt: str) -> None:
    assert render_text(render(template(family), "PRE", "SUF")) == prompt


def test_codellama_tokens_carry_the_sentencepiece_low_line() -> None:
    assert template("codellama").markers == ("\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>")
    assert "\u2581<EOT>" in template("codellama").stop_tokens


@pytest.mark.parametrize("family", ["deepseek-coder", "deepseek-coder-v2"])
def test_deepseek_tokens_have_no_ascii_bar_and_no_underscore(family: str) -> None:
    ours = template(family)
    for token in (*ours.markers, "<｜end▁of▁sentence｜>"):
        assert {unicodedata.name(char) for char in token if not char.isascii()} == {
            "FULLWIDTH VERTICAL LINE",
            "LOWER ONE EIGHTH BLOCK",
        }
        assert not set("|_") & set(token)
        assert token in ours.stop_tokens


def test_joint_spm_puts_the_cursor_last() -> None:
    ours = FimTemplate("<P>", "<S>", "<M>", order="spm")
    assert render_text(render(ours, "PRE", "SUF")) == "<P><S>SUF<M>PRE"


def test_without_a_template_the_prefix_alone_is_the_prompt() -> None:
    assert render(None, "PRE", "SUF") == (Text("PRE"),)
    assert render(None, "", "SUF") == ()


def test_empty_texts_leave_no_segment_but_every_marker() -> None:
    assert render(template("starcoder2"), "", "") == (
        Special("<fim_prefix>"),
        Special("<fim_suffix>"),
        Special("<fim_middle>"),
    )


def test_markers_in_user_text_are_taken_apart_in_text_prompts() -> None:
    prompt = render_text(render(template("qwen2_5-coder"), "a <|fim_middle|> b", "c <|im_end|>"), ["<|im_end|>"])
    assert prompt == "<|fim_prefix|>a < |fim_middle|> b<|fim_suffix|>c < |im_end|><|fim_middle|>"


@given(st.lists(st.sampled_from(["<|fim_prefix|>", "<|fim_suffix|>", "<|", "|>", "x", "fim_middle"]), max_size=12))
def test_no_user_text_adds_a_marker_to_a_text_prompt(pieces: list[str]) -> None:
    text = "".join(pieces)
    prompt = render_text(render(template("qwen2_5-coder"), text, text))
    assert [prompt.count(token) for token in ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")] == [1, 1, 1]


@pytest.mark.parametrize("family", [name for name in EXPECTED if name != "codestral"])
def test_a_tokenizer_of_a_known_family_is_recognised_by_its_tokens(family: str) -> None:
    found = detect([*template(family).tokens, "<unk>", "<extra>"])
    assert found is not None
    assert (found.markers, found.order) == (template(family).markers, template(family).order)


def test_codegemma_and_qwen_differ_by_their_file_separator() -> None:
    markers = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    gemma = detect([*markers, "<|file_separator|>"])
    qwen = detect([*markers, "<|file_sep|>", "<|repo_name|>"])
    assert gemma is not None
    assert qwen is not None
    assert (gemma.file_separator, qwen.file_separator) == ("<|file_separator|>", "<|file_sep|>")


def test_a_detected_template_names_no_token_that_the_tokenizer_lacks() -> None:
    present = {"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"}
    found = detect(present)
    assert found is not None
    assert set(found.tokens) <= present


@pytest.mark.parametrize(
    ("tokens", "markers"),
    [
        (
            ["<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"],
            ("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
        ),
        (["<FIM_PREFIX>", "<FIM_SUFFIX>", "<FIM_MIDDLE>", "</s>"], ("<FIM_PREFIX>", "<FIM_SUFFIX>", "<FIM_MIDDLE>")),
    ],
)  # fmt: skip
def test_an_unknown_family_is_read_by_how_its_tokens_are_spelled(tokens: list[str], markers: tuple[str, ...]) -> None:
    found = detect(tokens)
    assert found is not None
    assert found.markers == markers


@pytest.mark.parametrize(
    "tokens",
    [
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>"],
        ["<fim_prefix>", "<fim_suffix>"],
        ["[INST]", "[/INST]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]"],  # Mistral-7B-Instruct-v0.3, never trained on them
        [],
    ],
)
def test_a_tokenizer_without_the_three_markers_completes_left_to_right(tokens: list[str]) -> None:
    assert detect(tokens) is None


def test_other_files_stand_first_between_separators() -> None:
    context = Context((ContextFile("lib/a.py", "A = 1\n"), ContextFile("b.py", "B = 2")), "#", "main.py")
    text = render_text(render(template("qwen2_5-coder"), "x = ", "\ny", context))
    assert text == (
        "<|file_sep|>lib/a.py\nA = 1\n<|file_sep|>b.py\nB = 2\n<|file_sep|>main.py\n"
        "<|fim_prefix|>x = <|fim_suffix|>\ny<|fim_middle|>"
    )


def test_without_separators_other_files_are_text_before_the_prefix() -> None:
    context = Context((ContextFile("a.go", "func A() {}\n\n"),), "//", "b.go")
    assert render_text(render(None, "x", "", context)) == "// a.go\nfunc A() {}\n\n// b.go\nx"
    unseparated = FimTemplate("<p>", "<s>", "<m>")
    assert render_text(render(unseparated, "x", "y", context)) == "<p>// a.go\nfunc A() {}\n\n// b.go\nx<s>y<m>"


def test_a_file_of_the_repository_adds_no_marker() -> None:
    context = Context((ContextFile("<|fim_middle|>.py", "<|file_sep|><|fim_prefix|>"),))
    segments = render(template("qwen2_5-coder"), "x", "y", context)
    assert [str(part) for part in segments if isinstance(part, Special)].count("<|fim_middle|>") == 1
    assert render_text(segments).count("<|fim_prefix|>") == 1
