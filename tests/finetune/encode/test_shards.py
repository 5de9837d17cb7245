"""Shards: what is written is what is read, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_finetune.encode.shards import MANIFEST, ShardReader, ShardWriter, verify
from aigc_models.types import AigcError

SAMPLES = st.lists(st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 1)), max_size=20), max_size=30)


@settings(max_examples=40, deadline=None)
@given(SAMPLES, st.integers(1, 60))
def test_samples_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, samples: list[list[tuple[int, int]]], limit: int
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    writer = ShardWriter(folder, limit)
    for sample in samples:
        tokens = np.array([token for token, _ in sample], np.int32)
        writer.add(tokens, np.array([flag for _, flag in sample], np.uint8))
    writer.finish({"fact": 1})
    reader = ShardReader(folder)
    assert len(reader) == len(samples)
    assert reader.lengths.tolist() == [len(sample) for sample in samples]
    for index, sample in enumerate(samples):
        tokens, trained = reader.sample(index)
        assert list(zip(tokens.tolist(), trained.tolist(), strict=True)) == sample
    assert reader.manifest["fact"] == 1
    assert sum(entry["tokens"] for entry in reader.manifest["shards"]) == sum(map(len, samples))
    verify(folder)


def written(folder: Path) -> Path:
    writer = ShardWriter(folder, 1000)
    writer.add(np.arange(10, dtype=np.int32), np.ones(10, np.uint8))
    writer.finish({})
    return folder


def test_arrays_are_views_of_the_file(tmp_path: Path) -> None:
    tokens, _ = ShardReader(written(tmp_path)).sample(0)
    base = tokens
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 1


def test_an_unfinished_folder_is_no_data(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, 5)
    assert writer.add(np.arange(10, dtype=np.int32), np.ones(10, np.uint8))
    with pytest.raises(AigcError, match="no finished data"):
        ShardReader(tmp_path)


def test_damage_is_named(tmp_path: Path) -> None:
    folder = written(tmp_path)
    shard = folder / "shard-00000.safetensors"
    data = shard.read_bytes()
    shard.write_bytes(data[:40])
    with pytest.raises(AigcError, match=r"shard-00000.safetensors cannot be read"):
        ShardReader(folder)
    shard.unlink()
    with pytest.raises(AigcError, match="encode again"):
        ShardReader(folder)
    (folder / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(AigcError, match=r"manifest.json cannot be read"):
        ShardReader(folder)


def test_a_full_disk_leaves_no_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ShardWriter(tmp_path, 5)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aigc_finetune.encode.shards.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        writer.add(np.arange(10, dtype=np.int32), np.ones(10, np.uint8))
    assert not list(tmp_path.glob("shard-*.safetensors"))
    monkeypatch.undo()
    writer.finish({})
    assert ShardReader(tmp_path).sample(0)[0].tolist() == list(range(10))
