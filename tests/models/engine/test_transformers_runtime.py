"""The torch runtime on a real architecture: a tiny Llama with random weights, made here and saved as a user would."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.scheduler import Scheduler
from aigc_models.store import resolve
from aigc_models.types import AigcError, CompletionRequest
from tests.models.engine.helpers import submit

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
PROMPTS = ["def add(a, b):", "import os, sys", "x", "for i in range(10):\n    print"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a model of two layers and a tokenizer with one token for each printable character."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

    path = tmp_path_factory.mktemp("tiny") / "llama"
    pieces = ["<end>", *(char for char in string.printable if char not in "\r\x0b\x0c"), "re", "return"]
    byte_level = {" ": "Ġ", "\n": "Ċ", "\t": "ĉ"}
    vocabulary = {byte_level.get(piece, piece): index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("."), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken("<end>", special=True)])
    torch.manual_seed(7)
    config = transformers.LlamaConfig(
        vocab_size=len(pieces), hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, eos_token_id=0, bos_token_id=None, initializer_range=0.5,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    tokenizer.save(str(path / "tokenizer.json"))
    return path


def runtime(folder: Path, **options: Any) -> Any:
    from aigc_models.engine.runtimes.transformers import create

    return create(LoadOptions("tiny", folder, "safetensors", device="cpu", **options), lambda fraction, text: None)


@pytest.fixture(scope="module")
def scheduler(folder: Path) -> Iterator[Scheduler]:
    running = Scheduler(runtime(folder))
    yield running
    running.stop()


def ask(scheduler: Scheduler, prompt: str, **fields: Any) -> Any:
    return submit(scheduler, CompletionRequest(prompt, max_tokens=24, heal=False, **fields)).text()


def own_greedy(folder: Path, ids: list[int], dtype: Any) -> list[int]:
    """Return what transformers itself writes after the ids."""
    model = transformers.AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype).eval()
    prompt = torch.tensor([ids])
    found = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=24, do_sample=False, pad_token_id=0
    )
    return [token for token in found[0, len(ids) :].tolist() if token != 0]


def test_greedy_text_is_that_of_transformers_own_generate(folder: Path, scheduler: Scheduler) -> None:
    vocabulary = scheduler.runtime.vocabulary
    dtype = scheduler.runtime._model.dtype  # type: ignore[attr-defined]
    for prompt in PROMPTS:
        ids = vocabulary.encode_text(prompt)
        expected = b"".join(map(vocabulary.token_bytes, own_greedy(folder, ids, dtype))).decode()
        assert ask(scheduler, prompt)[0] == expected
    assert len({ask(scheduler, prompt)[0] for prompt in PROMPTS}) == len(PROMPTS)


def test_a_kept_prefix_changes_no_answer_and_is_not_computed_again(folder: Path) -> None:
    cold = {}
    for prompt in PROMPTS:
        fresh = Scheduler(runtime(folder))
        cold[prompt], last = ask(fresh, prompt)
        assert last.usage.cached_tokens == 0
        fresh.stop()
    warm = Scheduler(runtime(folder))
    try:
        for prompt in PROMPTS:
            ask(warm, prompt[:-2] or prompt)
            text, last = ask(warm, prompt)
            assert text == cold[prompt]
            assert last.usage.cached_tokens == max(last.usage.prompt_tokens - 2, 0) or last.usage.prompt_tokens < 3
        text, last = ask(warm, PROMPTS[1])  # asked before, others in between
        assert (text, last.usage.cached_tokens) == (cold[PROMPTS[1]], last.usage.prompt_tokens - 1)
    finally:
        warm.stop()


def test_requests_at_once_are_answered_as_one_by_one(scheduler: Scheduler) -> None:
    alone = [ask(scheduler, prompt)[0] for prompt in PROMPTS]
    runs = [submit(scheduler, CompletionRequest(prompt, max_tokens=24, heal=False)) for prompt in PROMPTS]
    assert [run.text()[0] for run in runs] == alone


def test_a_healed_word_is_continued(scheduler: Scheduler) -> None:
    run = submit(scheduler, CompletionRequest("a = r", max_tokens=8))
    assert run.sequence is not None
    assert run.sequence.healed == b"r"
    text, last = run.text()
    assert last.finish_reason == "length"
    assert text


def test_the_same_seed_gives_the_same_text(scheduler: Scheduler) -> None:
    texts = [ask(scheduler, "x", temperature=1.5, seed=seed)[0] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_prompt_beyond_the_context_is_refused(scheduler: Scheduler) -> None:
    with pytest.raises(AigcError, match="256"):
        ask(scheduler, "".join(random.Random(1).choices(string.ascii_letters, k=300)))


def test_pickled_weights_are_refused_by_the_store_and_by_the_runtime(folder: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (pickled / name).write_bytes((folder / name).read_bytes())
    torch.save({"x": torch.zeros(1)}, pickled / "pytorch_model.bin")
    with pytest.raises(AigcError, match="pickle"):
        resolve(str(pickled))
    with pytest.raises(AigcError, match="cannot load"):
        runtime(pickled)


def test_code_in_the_folder_is_refused_before_anything_is_loaded(folder: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for file in folder.iterdir():
        (hostile / file.name).write_bytes(file.read_bytes())
    config = json.loads((hostile / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
    (hostile / "config.json").write_text(json.dumps(config))
    (hostile / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(AigcError, match="auto_map"):
        resolve(str(hostile))
    assert not (tmp_path / "ran").exists()


def test_a_device_that_is_not_there_is_named(folder: Path) -> None:
    from aigc_models.engine.runtimes.transformers import create

    with pytest.raises(AigcError, match="tpu"):
        create(LoadOptions("tiny", folder, "safetensors", device="tpu"), lambda fraction, text: None)
