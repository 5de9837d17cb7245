"""Adapters beside a torch model: what they compute is what peft computes, and changing them leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigc_models.adapters import AdapterManifest, base_digest, read_manifest, write_manifest
from aigc_models.engine.scheduler import Scheduler
from aigc_models.fim import FimTemplate
from aigc_models.store import ModelRef
from aigc_models.types import AigcError

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")
TARGETS = ["q_proj", "v_proj", "up_proj", "down_proj"]
IDS = [5, 9, 2, 7, 11, 3, 20, 21]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tied Llama of two layers and a tokenizer with a token for each letter."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    path = tmp_path_factory.mktemp("hot") / "llama"
    pieces = ["<end>", *(chr(code) for code in range(33, 95)), "Ġ"]
    tokenizer = Tokenizer(models.BPE({piece: index for index, piece in enumerate(pieces)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.add_special_tokens([AddedToken("<end>", special=True)])
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        vocab_size=len(pieces), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, eos_token_id=0, bos_token_id=None, initializer_range=0.4,
        tie_word_embeddings=True,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    tokenizer.save(str(path / "tokenizer.json"))
    return path


def ref(folder: Path) -> ModelRef:
    return ModelRef("tiny", folder, "safetensors", None, str(folder))


def trained(folder: Path, target: Path, seed: int, *, rows: int = 0, name: str = "", **fields: Any) -> Any:
    """Save an adapter with random weights as peft does, with `rows` added tokens; return peft's own model with it."""
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.bfloat16)
    size = model.config.vocab_size
    if rows:
        model.resize_token_embeddings(size + rows, mean_resizing=False)
        fields["trainable_token_indices"] = list(range(size, size + rows))
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM", **fields)
    adapted = peft.get_peft_model(model, config)
    with torch.no_grad():
        for key, value in adapted.named_parameters():
            if "lora_" in key or "trainable_tokens_delta" in key:
                value.add_(torch.randn_like(value) * 0.3)
    adapted.save_pretrained(str(target), save_embedding_layers=False)
    manifest = AdapterManifest(name or target.name, "tiny", base_digest(ref(folder)), added_tokens=tuple(
        f"<new{number}>" for number in range(rows)
    ))  # fmt: skip
    write_manifest(target, manifest)
    return adapted.eval()


def runtime(folder: Path) -> Any:
    from aigc_models.engine.runtimes.base import LoadOptions
    from aigc_models.engine.runtimes.transformers import create

    return create(LoadOptions("tiny", folder, "safetensors", device="cpu"), lambda fraction, text: None)


@pytest.fixture
def running(folder: Path) -> Any:
    return runtime(folder)


def add(running: Any, adapter: Path, key: str) -> Any:
    return running.adapt(key, running.read_adapter(adapter, read_manifest(adapter)))


def logits(running: Any, ids: list[int], key: str | None = None) -> Any:
    """Return the logits after each id, from an empty cache."""
    running._kept.clear()
    slot = running.open(ids, len(ids) + 1, key)
    try:
        return running.forward([(slot, ids)], [len(ids)])
    finally:
        running.close(slot)


def expected(adapted: Any, ids: list[int]) -> Any:
    with torch.no_grad():
        return adapted(input_ids=torch.tensor([ids])).logits[0].float().numpy()


def agree(found: Any, wanted: Any) -> None:
    """Both are computed in bfloat16 with float32 adapters; what differs is rounding."""
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 0.02 * np.abs(wanted).max()
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.9999


@pytest.mark.parametrize(
    "fields", [{}, {"use_rslora": True}, {"use_dora": True}, {"rank_pattern": {"up_proj": 2}}, {"rows": 3}]
)
def test_the_logits_are_those_of_peft(folder: Path, running: Any, tmp_path: Path, fields: Any) -> None:
    adapted = trained(folder, tmp_path / "a", 1, **fields)
    base = logits(running, IDS)
    vocabulary = add(running, tmp_path / "a", "a")
    ids = [*IDS, *range(64, 64 + fields.get("rows", 0)), 5]
    found = logits(running, ids, "a")
    agree(found, expected(adapted, ids)[:, : vocabulary.size])
    assert np.abs(logits(running, IDS, "a")[:, : base.shape[1]] - base).max() > 1
    assert (logits(running, IDS) == base).all()


def test_added_tokens_are_special_and_the_base_does_not_know_them(folder: Path, running: Any, tmp_path: Path) -> None:
    trained(folder, tmp_path / "a", 1, rows=2)
    before = running.vocabulary.size
    vocabulary = add(running, tmp_path / "a", "a")
    assert vocabulary.special_ids["<new1>"] == before + 1
    assert vocabulary.size == before + 2
    assert running.vocabulary.size == before
    assert "<new1>" not in running.vocabulary.special_ids
    assert vocabulary.encode_text("<NEW>") == running.vocabulary.encode_text("<NEW>")


def test_answers_after_many_swaps_are_those_of_a_fresh_load(folder: Path, tmp_path: Path) -> None:
    adapters = {}
    for seed, name in enumerate(("a", "b"), start=1):
        trained(folder, tmp_path / name, seed, rows=seed - 1, **({"use_dora": True} if name == "a" else {}))
        fresh = runtime(folder)
        add(fresh, tmp_path / name, name)
        adapters[name] = logits(fresh, IDS, name)
    swapped = runtime(folder)
    alone = logits(swapped, IDS)
    for name in adapters:
        add(swapped, tmp_path / name, name)
    for number in range(100):
        name = ("a", "b", None)[number % 3]
        wanted = alone if name is None else adapters[name]
        assert (logits(swapped, IDS, name) == wanted).all()


def test_no_cache_of_another_adapter_is_reused(folder: Path, running: Any, tmp_path: Path) -> None:
    trained(folder, tmp_path / "a", 1)
    trained(folder, tmp_path / "b", 2)
    add(running, tmp_path / "a", "a")
    add(running, tmp_path / "b", "b")
    slot = running.open(IDS, 20, "a")
    running.forward([(slot, IDS)])
    running.close(slot)
    for key, cached in (("b", 0), (None, 0), ("a", len(IDS) - 1)):
        slot = running.open(IDS, 20, key)
        assert len(slot.tokens) == cached
        slot.tokens.clear()
        running.close(slot)


def test_requests_for_an_adapter_that_is_gone_take_no_room(running: Any) -> None:
    for _ in range(20):
        with pytest.raises(KeyError):
            running.open([1, 2, 3], 4, "gone")
    running.close(running.open([1, 2, 3], 4))


def test_a_dropped_adapter_lasts_until_its_last_sequence(folder: Path, running: Any, tmp_path: Path) -> None:
    trained(folder, tmp_path / "a", 1)
    add(running, tmp_path / "a", "a")
    base = logits(running, IDS)
    slot = running.open(IDS, 20, "a")
    running.forward([(slot, IDS[:4])])
    running.drop_adapter("a")
    running.forward([(slot, IDS[4:])])
    running.close(slot)
    with pytest.raises(KeyError):
        running.open(IDS, 20, "a")
    assert (logits(running, IDS) == base).all()
    assert [kept for kept in running._kept if kept[2] == "a"] == []


def test_what_does_not_fit_is_refused_and_the_base_is_as_before(folder: Path, running: Any, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    base = logits(running, IDS)
    trained(folder, tmp_path / "a", 1)
    path = tmp_path / "a" / "adapter_model.safetensors"
    sound = load_file(path)
    name = next(key for key in sound if "layers.1.self_attn.q_proj.lora_B" in key)
    cases: dict[str, Any] = {
        "does not fit": {**sound, name: np.ones((30, 4), np.float32)},
        "does not have": {key.replace("layers.1", "layers.7"): value for key, value in sound.items()},
        "no numbers": {**sound, name: np.full((32, 4), np.nan, np.float32)},
    }
    for says, tensors in cases.items():
        save_file(tensors, path)
        with pytest.raises(AigcError, match=says):
            add(running, tmp_path / "a", "a")
    assert (logits(running, IDS) == base).all()


def test_base_and_adapters_answer_at_the_same_time(folder: Path, tmp_path: Path) -> None:
    """Requests of two adapters and of the base, all running at once, say what each says alone."""
    from aigc_models.engine.prompts import Adapted, Prompter
    from aigc_models.types import CompletionRequest
    from tests.models.engine.helpers import Run

    one = runtime(folder)
    scheduler = Scheduler(one)
    prompters = {None: Prompter(one, None, "tiny")}
    for seed, name in enumerate(("a", "b"), start=1):
        trained(folder, tmp_path / name, seed)
        vocabulary = add(one, tmp_path / name, name)
        prompters[name] = Prompter(one, None, "tiny", Adapted(name, vocabulary))

    def start(name: str | None) -> Run:
        run = Run()
        request = CompletionRequest("DEF(A,B):", max_tokens=12, heal=False)
        run.sequence = prompters[name].completion(request, run.answers.put)
        scheduler.submit(run.sequence)
        return run

    try:
        alone = {name: start(name).text()[0] for name in prompters}
        assert len(set(alone.values())) == 3
        together = [(name, start(name)) for name in (None, "a", "b", "a", None, "b")]
        assert all(run.text()[0] == alone[name] for name, run in together)
    finally:
        scheduler.stop()


def test_an_adapters_template_and_tokens_make_its_prompts(folder: Path, running: Any, tmp_path: Path) -> None:
    from aigc_models.engine.prompts import Adapted, Prompter
    from aigc_models.types import CompletionRequest

    trained(folder, tmp_path / "a", 1, rows=3)
    vocabulary = add(running, tmp_path / "a", "a")
    fim = FimTemplate("<new0>", "<new1>", "<new2>")
    prompter = Prompter(running, None, "tiny", Adapted("a", vocabulary, fim))
    sequence = prompter.completion(CompletionRequest("AB", "CD", heal=False), lambda item: None)
    size = running.vocabulary.size
    encode = running.vocabulary.encode_text
    assert sequence.prompt == [size, *encode("AB"), size + 1, *encode("CD"), size + 2]
    assert (sequence.adapter, sequence.vocabulary) == ("a", vocabulary)
    base = Prompter(running, None, "tiny").completion(CompletionRequest("AB", "CD", heal=False), lambda item: None)
    assert base.prompt == encode("AB")
    assert base.adapter is None


def test_weights_that_are_replaced_come_back(folder: Path, running: Any, tmp_path: Path) -> None:
    """peft's `modules_to_save`: a norm of its own while the adapter is on."""
    from safetensors.numpy import load_file, save_file

    base = logits(running, IDS)
    trained(folder, tmp_path / "a", 1)
    path = tmp_path / "a" / "adapter_model.safetensors"
    whole = {**load_file(path), "base_model.model.model.norm.weight": np.zeros(32, np.float32)}
    save_file(whole, path)
    config = json.loads((tmp_path / "a" / "adapter_config.json").read_text())
    (tmp_path / "a" / "adapter_config.json").write_text(json.dumps({**config, "modules_to_save": ["norm"]}))
    add(running, tmp_path / "a", "a")
    assert (logits(running, IDS, "a") == 0).all()
    assert (logits(running, IDS) == base).all()
