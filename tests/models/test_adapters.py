"""The register of adapters, the gate that they pass, and what the user binds to a workspace."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from aigc_models import paths
from aigc_models.adapters import CONFIG, MANIFEST, WEIGHTS, AdapterError, base_digest, read_manifest
from aigc_models.client.choice import AdapterChoice
from aigc_models.fim import FimTemplate
from aigc_models.store import ModelRef, StoreError
from aigc_models.store.adapter_checks import check_adapter
from aigc_models.store.adapters import (
    adapter_at,
    adapters_dir,
    add_adapter,
    cache_stem,
    find_adapter,
    merged_dir,
    registered,
    remove_adapter,
    shipped_adapters,
)
from aigc_models.store.bindings import bind, bindings_file, read_bindings
from tests.adapter_helpers import write_adapter, write_weights

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_adapter(tmp_path / "source")


# The base's name


def test_a_gguf_base_is_named_by_its_files_hash_wherever_it_lies(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(b"weights")
        found.append(base_digest(ModelRef(name, path, "gguf", None, "")))
    assert found == [hashlib.sha256(b"weights").hexdigest()] * 2


def test_a_base_that_changed_on_disk_has_another_name(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    ref = ModelRef("m", path, "gguf", None, "")
    path.write_bytes(b"one")
    before = base_digest(ref)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert base_digest(ref) == hashlib.sha256(b"two").hexdigest() != before


def test_a_folder_is_named_by_config_and_every_weight_file(tmp_path: Path) -> None:
    ref = ModelRef("m", tmp_path / "model", "safetensors", None, "")
    ref.path.mkdir()
    names = ("config.json", "model-1.safetensors", "model-2.safetensors")
    seen = set()
    for name in names:
        (ref.path / name).write_bytes(b"0")
    for name in names:
        (ref.path / name).write_bytes(b"longer")
        seen.add(base_digest(ref))
    assert len(seen) == len(names)


def test_a_base_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="cannot be read"):
        base_digest(ModelRef("m", tmp_path, "safetensors", None, ""))


# The register


def test_an_adapter_is_copied_found_and_removed(source: Path) -> None:
    (source / "README.md").write_text("read me")
    (source / "train.log").write_text("not wanted")
    added = add_adapter(source)
    assert added.name == "team"
    assert sorted(path.name for path in added.folder.iterdir()) == sorted(("README.md", CONFIG, WEIGHTS, MANIFEST))
    assert [one.name for one in registered()] == [one.name for one in shipped_adapters()] + ["team"]
    assert find_adapter("team").manifest == read_manifest(source)
    (source / WEIGHTS).unlink()
    check_adapter(added.folder)  # it is a copy
    remove_adapter("team")
    assert not added.folder.exists()
    assert list(adapters_dir().iterdir()) == []
    with pytest.raises(AdapterError, match="no adapter 'team'"):
        find_adapter("team")


def test_adding_once_more_replaces_it_and_leaves_nothing_behind(source: Path, tmp_path: Path) -> None:
    first = add_adapter(source).digest
    again = add_adapter(write_adapter(tmp_path / "again", licence="MIT"))
    assert again.digest != first
    assert again.manifest.licence == "MIT"
    assert [path.name for path in adapters_dir().iterdir()] == ["team"]


def test_what_was_made_of_it_goes_with_it_and_nothing_else(source: Path) -> None:
    added = add_adapter(source)
    merged_dir().mkdir(parents=True)
    converted = paths.cache_dir() / "converted"
    mine = merged_dir() / f"{cache_stem('b' * 64, added.digest)}-q8_0.gguf"
    other = merged_dir() / f"{cache_stem('b' * 64, 'c' * 64)}-q8_0.gguf"
    for path in (mine, other):
        path.write_bytes(b"")
        (converted / f"{path.stem}-0123").mkdir(parents=True)
    remove_adapter("team")
    assert [path.name for path in merged_dir().iterdir()] == [other.name]
    assert [path.name for path in converted.iterdir()] == [f"{other.stem}-0123"]


def test_a_full_disk_leaves_the_older_one(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = add_adapter(source).digest

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StoreError, match="full"):
        add_adapter(write_adapter(tmp_path / "again", licence="MIT"))
    assert find_adapter("team").digest == before
    assert [path.name for path in adapters_dir().iterdir()] == ["team"]


@pytest.mark.parametrize(
    "name", ["../team", "a/b", ".hidden", "none", "auto", "default", "smollm2-135m", "a b", "x" * 65]
)
def test_names_that_are_paths_or_mean_something_else_are_refused(source: Path, name: str) -> None:
    with pytest.raises(AdapterError, match="name"):
        add_adapter(source, name)
    assert not list(adapters_dir().glob("*"))


@pytest.mark.parametrize("name", ["..", ".", "../models", "/etc", ""])
def test_nothing_but_an_adapter_is_found_or_removed(source: Path, name: str) -> None:
    add_adapter(source)
    (paths.data_dir() / "models").mkdir(parents=True)
    for use in (find_adapter, remove_adapter):
        with pytest.raises(AdapterError, match="no adapter"):
            use(name)
    assert (paths.data_dir() / "models").is_dir()


def test_a_damaged_one_is_left_out_of_the_list_and_can_be_removed(source: Path) -> None:
    add_adapter(source)
    (adapters_dir() / "team" / MANIFEST).write_text("{")
    assert "team" not in [one.name for one in registered()]
    with pytest.raises(AdapterError, match="manifest"):
        find_adapter("team")
    remove_adapter("team")
    assert not (adapters_dir() / "team").exists()


def test_a_folder_can_be_used_without_being_registered(source: Path) -> None:
    found = adapter_at(source)
    assert found.name == str(source.resolve())
    assert "team" not in [one.name for one in registered()]


# The gate


def _config(folder: Path, **changed: Any) -> None:
    path = folder / CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"peft_type": "IA3"}, "no LoRA"),
        ({"auto_mapping": {"parent_library": "os"}}, "auto_mapping"),
        ({"bias": "all"}, "biases"),
        ({"r": 0}, "rank"),
        ({"r": "8"}, "rank"),
        ({"r": 8}, "rank 8"),
        ({"lora_alpha": float("nan")}, "lora_alpha"),
        ({"target_modules": ".*"}, "target_modules"),
        ({"use_qalora": True}, "use_qalora"),
        ({"rank_pattern": {"q_proj": [1]}}, "rank_pattern"),
        ({"rank_pattern": [2]}, "rank_pattern"),
        ({"alpha_pattern": {"q_proj": "4"}}, "alpha_pattern"),
    ],
)
def test_a_configuration_that_asks_for_more_than_lora_is_refused(source: Path, changed: Any, says: str) -> None:
    _config(source, **changed)
    with pytest.raises(AdapterError, match=says):
        add_adapter(source)


def test_pickled_weights_are_refused_with_the_reason(source: Path) -> None:
    (source / WEIGHTS).rename(source / "adapter_model.bin")
    with pytest.raises(AdapterError, match="pickle"):
        add_adapter(source)


@pytest.mark.parametrize("cut", [0, 4, 60, -1])
def test_truncated_weights_are_refused(source: Path, cut: int) -> None:
    raw = (source / WEIGHTS).read_bytes()
    (source / WEIGHTS).write_bytes(raw[:cut])
    with pytest.raises(AdapterError, match="damaged"):
        add_adapter(source)


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"x.lora_A.weight": ([2, 4], bytes(32))}, "lacks one"),
        ({"x.lora_A.weight": ([2, 4], bytes(32)), "x.lora_B.weight": ([4, 3], bytes(48))}, "shapes"),
        ({"x.lora_A.weight": ([2, 5], bytes(32)), "x.lora_B.weight": ([4, 2], bytes(32))}, "number of bytes"),
        ({"weight": ([2], bytes(8))}, "no LoRA weights"),
    ],
)
def test_weights_whose_shapes_make_no_sense_are_refused(source: Path, tensors: Any, says: str) -> None:
    write_weights(source / WEIGHTS, tensors)
    with pytest.raises(AdapterError, match=says):
        add_adapter(source)


def test_weights_of_integers_are_refused(source: Path) -> None:
    header = json.dumps({"x.lora_A.weight": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}).encode()
    (source / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    with pytest.raises(AdapterError, match="I64"):
        add_adapter(source)


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, MANIFEST])
def test_a_link_is_refused_where_a_file_is_expected(source: Path, tmp_path: Path, name: str) -> None:
    (source / name).rename(tmp_path / "elsewhere")
    (source / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AdapterError, match=f"{name} is a link"):
        check_adapter(source)


def test_nothing_outside_an_adapters_folder_is_copied(source: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("not yours")
    (source / "README.md").symlink_to(tmp_path / "private")
    assert not (add_adapter(source).folder / "README.md").exists()


def test_adapters_are_readable_for_their_owner_alone(source: Path) -> None:
    adapters_dir().mkdir(mode=0o755, parents=True)
    added = add_adapter(source)
    assert [path.stat().st_mode & 0o777 for path in (adapters_dir(), added.folder)] == [0o700, 0o700]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": 5}, {"licence": ["MIT"]}, {"figures": "good"}, {"added_tokens": "<p>"}, {"added_tokens": [1]},
        {"fim": {"prefix": 1, "suffix": "<s>"}}, {"unknown": "key"},
    ],
)  # fmt: skip
def test_a_manifest_with_a_value_of_another_kind_is_refused(source: Path, changed: dict[str, Any]) -> None:
    path = source / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    with pytest.raises(AdapterError, match="manifest"):
        read_manifest(source)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "", "\0", '{"format": 1, "name": "' + "x" * (1 << 20) + '"}'])
def test_a_manifest_that_is_none_is_refused_and_hides_no_other(source: Path, text: str) -> None:
    add_adapter(source)
    add_adapter(source, "other")
    (adapters_dir() / "other" / MANIFEST).write_text(text)
    assert "team" in [one.name for one in registered()]
    with pytest.raises(AdapterError, match="manifest"):
        find_adapter("other")


@pytest.mark.parametrize("name", ["../x", "none", "AUTO", "", ".hidden", "a b", "default", "x" * 65])
def test_a_name_that_cannot_be_one_is_refused(source: Path, name: str) -> None:
    with pytest.raises(AdapterError, match="name"):
        add_adapter(source, name)
    assert not adapters_dir().exists()


def test_a_manifest_without_a_bases_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="SHA-256"):
        add_adapter(write_adapter(tmp_path / "a", base="smollm2"))


def test_a_manifest_keeps_its_template(tmp_path: Path) -> None:
    fim = FimTemplate("<p>", "<s>", "<m>", "spm", stop=("<e>",), texts=(("<p>", "P"),))
    added = add_adapter(write_adapter(tmp_path / "a", fim=fim, added_tokens=("<p>", "<s>", "<m>")))
    assert added.manifest.fim == fim


# What the user chose


def test_the_innermost_bound_workspace_decides(tmp_path: Path) -> None:
    outer, inner, link = tmp_path / "outer", tmp_path / "outer" / "inner", tmp_path / "link"
    (inner / "src").mkdir(parents=True)
    link.symlink_to(inner, target_is_directory=True)
    bind("all")
    bind("out", outer)
    bind("in", link)
    found = read_bindings()
    assert found.at([inner / "src"]) == ("in", str(inner.resolve()))
    assert found.at([outer])[0] == "out"
    assert found.at([tmp_path]) == ("all", None)
    assert found.at([]) == ("all", None)
    bind(None, inner)
    assert read_bindings().at([inner])[0] == "out"


def test_removing_an_adapter_ends_its_bindings(source: Path, tmp_path: Path) -> None:
    add_adapter(source)
    bind("team")
    bind("team", tmp_path)
    bind("other", source)
    remove_adapter("team")
    found = read_bindings()
    assert (found.everywhere, found.workspaces) == (None, {str(source.resolve()): "other"})


def test_a_damaged_file_of_bindings_binds_nothing() -> None:
    bind("team")
    for text in ("", "[]", '{"format": 9}', '{"format": 1, "everywhere": null, "workspaces": 3}'):
        bindings_file().write_text(text)
        assert read_bindings().at(["/"]) == (None, None)


def test_a_workspace_that_is_no_folder_is_refused(source: Path) -> None:
    with pytest.raises(AdapterError, match="no folder"):
        bind("team", source / WEIGHTS)


def test_a_choice_follows_the_bindings_at_once(tmp_path: Path) -> None:
    choice = AdapterChoice("auto", lambda: (tmp_path,), lambda: "shipped")
    assert choice() == "shipped"
    bind("everywhere-here")
    assert choice() == "everywhere-here"
    bind("team", tmp_path)
    assert (choice(), choice.where()) == ("team", str(tmp_path.resolve()))
    bind("none", tmp_path)
    assert choice() is None


def test_settings_count_for_more_than_bindings(tmp_path: Path) -> None:
    bind("team")
    assert AdapterChoice("other")() == "other"
    assert AdapterChoice("none")() is None
    assert AdapterChoice("auto", remote=True)() is None
    assert AdapterChoice("theirs", remote=True)() == "theirs"
