"""Nothing is loaded that is damaged, could run code, or points outside itself."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_models.store import ModelMissingError, ModelRejectedError, check_model
from aigc_models.store.gguf import read_gguf
from model_files import gguf_bytes, model_folder, safetensors_bytes

WHOLE = gguf_bytes({"tokenizer.ggml.tokens": ["a", "b"], "tokenizer.ggml.token_type": [1, 3]})


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_whole_gguf_passes_and_its_metadata_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf", WHOLE)
    assert check_model(path) == "gguf"
    header = read_gguf(path)
    assert header.metadata["tokenizer.ggml.tokens"] == ["a", "b"]
    assert header.metadata["tokenizer.ggml.token_type"] == [1, 3]
    assert header.parameters == 64


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_gguf_that_is_cut_anywhere_is_refused_by_name(tmp_path: Path, length: int) -> None:
    path = write(tmp_path / "cut.gguf", WHOLE[:length])
    with pytest.raises(ModelRejectedError, match=r"cut\.gguf"):
        check_model(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(4, len(WHOLE) - 260), st.binary(min_size=1, max_size=8))
def test_a_gguf_with_changed_header_bytes_is_read_or_refused_never_more(
    tmp_path: Path, place: int, junk: bytes
) -> None:
    path = write(tmp_path / "m.gguf", WHOLE[:place] + junk + WHOLE[place + len(junk) :])
    with contextlib.suppress(ModelRejectedError):
        check_model(path)


@pytest.mark.parametrize(
    "data",
    [
        b"not a model at all, but long enough",
        gguf_bytes(version=99),
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 1) + b"\0" * 64,
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62) + b"\0" * 64,
    ],
)
def test_what_is_no_gguf_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelRejectedError, match=r"m\.gguf"):
        check_model(write(tmp_path / "m.gguf", data))


def test_a_whole_folder_passes(tmp_path: Path) -> None:
    assert check_model(model_folder(tmp_path / "m")) == "safetensors"


@pytest.mark.parametrize(
    "data",
    [
        safetensors_bytes()[:-1],
        safetensors_bytes()[:5],
        safetensors_bytes()[:20],
        safetensors_bytes((8, 4)),
        safetensors_bytes((0, 1 << 40)),
        struct.pack("<Q", 1 << 50) + b"{}",
        struct.pack("<Q", 4) + b"[[[[",
        struct.pack("<Q", 8) + b'{"w": 1}',
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        b"",
    ],
)
def test_damaged_safetensors_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    folder = model_folder(tmp_path / "m")
    write(folder / "model.safetensors", data)
    with pytest.raises(ModelRejectedError, match=r"model\.safetensors"):
        check_model(folder)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"auto_map": {"AutoModel": "modeling_x.X"}}, "run code"),
        ({"text_config": {"auto_map": {}}}, "run code"),
        ({"_attn_implementation": "someone/kernel"}, "private option"),
        ({"text_config": {"_attn_implementation_internal": "someone/kernel"}}, "private option"),
    ],
)
def test_configurations_that_reach_for_code_are_refused(tmp_path: Path, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelRejectedError, match=reason):
        check_model(model_folder(tmp_path / "m", **config))


def test_the_tokenizer_configuration_is_checked_too(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["t.T", None]}}))
    with pytest.raises(ModelRejectedError, match=r"tokenizer_config\.json"):
        check_model(folder)


def test_harmless_private_notes_pass(tmp_path: Path) -> None:
    assert check_model(model_folder(tmp_path / "m", _name_or_path="x", _commit_hash="y")) == "safetensors"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_weights_that_are_only_pickled_are_refused(tmp_path: Path, name: str) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(ModelRejectedError, match="pickle"):
        check_model(folder)


@pytest.mark.parametrize("shard", ["../model.safetensors", "model.bin", "/etc/model.safetensors"])
def test_an_index_that_points_elsewhere_is_refused(tmp_path: Path, shard: str) -> None:
    folder = model_folder(tmp_path / "m")
    write(tmp_path / "model.safetensors", safetensors_bytes())
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": shard}}))
    with pytest.raises(ModelRejectedError, match="outside"):
        check_model(folder)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelRejectedError, match=r"lacks model-2\.safetensors"):
        check_model(folder)


@pytest.mark.parametrize("text", ["{", "[]", "\udcff", "[" * 200_000])
def test_a_configuration_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    folder = model_folder(tmp_path / "m")
    write(folder / "config.json", text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelRejectedError, match=r"config\.json"):
        check_model(folder)


def test_a_folder_of_ggufs_asks_for_one_of_them(tmp_path: Path) -> None:
    write(tmp_path / "a.gguf", WHOLE)
    with pytest.raises(ModelRejectedError, match=r"a\.gguf.*name the one"):
        check_model(tmp_path)


def test_weights_without_a_configuration_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", safetensors_bytes())
    with pytest.raises(ModelRejectedError, match=r"no config\.json"):
        check_model(tmp_path)


def test_a_path_without_a_model_is_missing_not_broken(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        check_model(tmp_path / "nothing")
