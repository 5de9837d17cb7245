"""A pull that was interrupted goes on where it stopped; where it cannot, it starts over and is right all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aigc_models import store
from aigc_models.store import PullProgress, records
from model_files import gguf_bytes, sha256, wheel
from model_files.index import Index, serving

DATA = gguf_bytes(elements=1 << 20)
URI = f"pypi:tiny-model==1.0/tiny_model/Tiny.gguf#sha256={sha256(DATA)}"
STALL = 3 << 20


class InterruptedPullError(Exception):
    """The user's Ctrl-C."""


@pytest.fixture
def index(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    with serving(Index(wheel(tmp_path / "wheels", "tiny-model", "1.0", {"tiny_model/Tiny.gguf": DATA}))) as made:
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        monkeypatch.setenv("PIP_INDEX_URL", made.url)
        yield made


def interrupt_once_it_stalls(now: PullProgress) -> None:
    # pip writes in chunks of at most 256 KiB, so that nearly all of what was sent is on disk.
    if now.stage == "downloading" and now.done >= STALL - (256 << 10):
        raise InterruptedPullError


def interrupted(index: Index) -> None:
    index.stall_at = STALL
    with pytest.raises(InterruptedPullError):
        store.pull(URI, interrupt_once_it_stalls)
    index.requests.clear()
    assert store.installed() == ()


def staging() -> Path:
    uri = URI.partition("#")[0]
    return records.staging_for(records.key_for("tiny", uri))


def test_a_total_is_known_although_the_catalog_knows_none(index: Index) -> None:
    index.stall_at = STALL
    seen: list[PullProgress] = []

    def watch(now: PullProgress) -> None:
        seen.append(now)
        interrupt_once_it_stalls(now)

    with pytest.raises(InterruptedPullError):
        store.pull(URI, watch)
    assert seen[-1].total == index.wheel.stat().st_size


def test_an_interrupted_download_goes_on_where_it_stopped(index: Index) -> None:
    interrupted(index)
    seen: list[PullProgress] = []
    assert store.pull(URI, seen.append).path.read_bytes() == DATA
    [request] = index.requests
    start = int(request.partition("bytes=")[2].rstrip("-"))
    assert STALL - (256 << 10) <= start <= STALL
    size = index.wheel.stat().st_size
    assert [now.done for now in seen if now.stage == "downloading"][-1:] == [size]
    assert not staging().exists()


def test_a_killed_download_goes_on_too(index: Index) -> None:
    index.stall_at = STALL
    code = (
        "import os, signal\nfrom aigc_models import store\n"
        "def die(now):\n"
        f"    if now.done >= {STALL - (256 << 10)}: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"store.pull({URI!r}, die)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    index.go_on.set()  # pip itself was not killed: it sees the end of the connection
    index.requests.clear()
    assert store.pull(URI).path.read_bytes() == DATA
    assert "bytes=" in index.requests[0]


def test_a_server_without_ranges_is_asked_for_the_whole_again(index: Index) -> None:
    interrupted(index)
    index.ranges = False
    assert store.pull(URI).path.read_bytes() == DATA


def test_a_part_of_another_file_never_becomes_a_model(index: Index) -> None:
    interrupted(index)
    part = staging() / "download.part"
    part.write_bytes(b"x" * part.stat().st_size)
    assert store.pull(URI).path.read_bytes() == DATA


def test_a_part_whose_address_is_gone_is_fetched_anew(index: Index) -> None:
    interrupted(index)
    note = staging() / "download.json"
    note.write_text(note.read_text().replace("/files/", "/gone/").replace(".whl", ".nowhere"))
    assert store.pull(URI).path.read_bytes() == DATA


def test_a_folder_that_pip_removes_meanwhile_ends_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_models.store import pip_source

    (tmp_path / "gone").mkdir()
    (tmp_path / "model.whl").write_bytes(b"123")
    scan = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert pip_source._growing(tmp_path) == (tmp_path / "model.whl", 3)
