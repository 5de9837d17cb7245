"""Models from a hub (a local one): only safe files, resumed, found offline, and errors that say what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_files import gguf_bytes, safetensors_bytes
from model_files.hub import Hub, serving

pytest.importorskip("huggingface_hub")

MODEL = {
    "config.json": json.dumps({"architectures": ["Starcoder2ForCausalLM"]}).encode(),
    "model.safetensors": safetensors_bytes(),
    "tokenizer.json": b"{}",
    "pytorch_model.bin": b"a pickle that must never be fetched",
    "modeling_x.py": b"raise SystemExit('code that must never be fetched')",
}
REPOS = {
    "bigcode/starcoder2-tiny": MODEL,
    "someone/pickled": {"config.json": b"{}", "pytorch_model.bin": b"pickle"},
    "someone/ggufs": {"a.gguf": gguf_bytes(elements=5 << 20), "b.gguf": gguf_bytes()},
    "someone/code": MODEL | {"config.json": json.dumps({"auto_map": {"AutoModel": "x.X"}}).encode()},
}


@pytest.fixture
def hub(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub(REPOS)) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("HF_HUB_CACHE", raising=False)
        yield made


def ask(expression: str) -> Any:
    """Evaluate an expression over `store` in a fresh process: huggingface_hub reads its environment on import."""
    code = (
        "import json\nfrom aigc_models import store\nfrom aigc_models.types import AigcError\n"
        f"try:\n    result = {expression}\n"
        "except AigcError as error:\n    result = type(error).__name__ + ': ' + str(error)\n"
        "print(json.dumps(result, default=str))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pull(name: str) -> str:
    answer = ask(f"str(store.pull({name!r}).path)")
    assert isinstance(answer, str)
    return answer


def test_only_weights_and_text_files_are_fetched(hub: Hub) -> None:
    folder = Path(pull("bigcode/starcoder2-tiny"))
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors", "tokenizer.json"}
    assert not {"pytorch_model.bin", "modeling_x.py"} & hub.downloaded()


def test_a_fetched_model_is_found_without_a_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pull("hf:bigcode/starcoder2-tiny")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert ask("str(store.resolve('bigcode/starcoder2-tiny').path)") == folder
    assert ask("store.resolve('bigcode/starcoder2-tiny').family") == "starcoder2"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull("hf:bigcode/starcoder2-tiny") == folder


def test_one_file_can_be_named(hub: Hub) -> None:
    assert Path(pull("hf:someone/ggufs/b.gguf")).read_bytes() == gguf_bytes()
    assert hub.downloaded() == {"b.gguf"}


def test_a_download_that_broke_off_goes_on_where_it_was(hub: Hub) -> None:
    hub.cut_after = 12_000_000  # the library writes in chunks of 10 MiB
    assert Path(pull("hf:someone/ggufs/a.gguf")).read_bytes() == REPOS["someone/ggufs"]["a.gguf"]
    assert any("GET" in line and f"bytes={10 << 20}-" in line for line in hub.requests), hub.requests


def test_progress_is_told_in_bytes(hub: Hub) -> None:
    size = len(REPOS["someone/ggufs"]["a.gguf"])
    shown = ask(
        "(seen := [], store.pull('hf:someone/ggufs/a.gguf', lambda now: seen.append((now.done, now.total))))[0][-1]"
    )
    assert shown == [size, size]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody/nothing", "PullError: The hub has no model nobody/nothing"),
        ("hf:someone/ggufs/c.gguf", "PullError: someone/ggufs has no file 'c.gguf'"),
        ("someone/ggufs", "ModelMissingError: someone/ggufs has no safetensors weights. Name one of its files: hf:"),
        ("someone/pickled", "ModelMissingError: someone/pickled has no safetensors weights."),
        ("hf:someone/pickled/pytorch_model.bin", "PullError: pytorch_model.bin is no GGUF file"),
        ("someone/code", "ModelRejectedError: "),
    ],
)  # fmt: skip
def test_what_cannot_be_pulled_says_why(hub: Hub, name: str, message: str) -> None:
    assert ask(f"store.pull({name!r})").startswith(message)
    assert ask("store.installed()") == []


@pytest.mark.parametrize("environment", [{"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}])
def test_no_network_says_what_to_do(hub: Hub, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    answer = ask("store.pull('bigcode/starcoder2-tiny')")
    assert answer.startswith(
        "PullError: bigcode/starcoder2-tiny is not in the hub's cache and the hub is out of reach."
    )


def test_removing_deletes_only_what_we_fetched(hub: Hub) -> None:
    folder = Path(pull("bigcode/starcoder2-tiny"))
    assert ask("store.remove('bigcode/starcoder2-tiny').owned") is True
    assert not folder.exists()


def test_a_model_that_was_in_the_cache_before_stays_there(hub: Hub) -> None:
    folder = Path(pull("bigcode/starcoder2-tiny"))
    ask("store.remove('bigcode/starcoder2-tiny')")
    ask("__import__('huggingface_hub').snapshot_download('bigcode/starcoder2-tiny')")
    assert Path(pull("bigcode/starcoder2-tiny")).name == folder.name
    assert ask("store.remove('bigcode/starcoder2-tiny').owned") is False
    assert folder.exists()
