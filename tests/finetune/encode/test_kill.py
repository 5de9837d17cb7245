"""A process that encodes is killed at any moment: the next one ends with the same bytes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.finetune.encode.helpers import CODE, corpus_file, small_tokenizer, write_corpus

ENCODE = """
import sys
from pathlib import Path
from aigc_finetune.encode import units
from aigc_finetune.encode.build import encode_corpus
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import parse_recipe
from aigc_models.fim import FimTemplate

units._UNIT = 20000
recipe = parse_recipe({
    "augment": {"context": 300, "per_file": 3.0, "rename": 0.2, "noise": 0.2, "files": 0.2},
    "encode": {"context_length": 128, "shard_tokens": 8192},
})
template = FimTemplate("<fim_prefix>", "<fim_suffix>", "<fim_middle>", file_separator="<file_sep>")
encode_corpus(recipe, RunFolder(Path(sys.argv[1])), Tokenizer.from_folder(Path(sys.argv[2])), template, lambda *_: None)
"""


def start(run: Path, tokenizer: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen([sys.executable, "-c", ENCODE, str(run), str(tokenizer)], env=environment)


def contents(run: Path) -> dict[str, str]:
    files = sorted(path for path in (run / "data").rglob("*") if path.is_file())
    return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "tokenizer").mkdir()
    small_tokenizer()._backend.save(str(tmp_path / "tokenizer" / "tokenizer.json"))
    (tmp_path / "tokenizer" / "config.json").write_text('{"eos_token_id": 0}', encoding="utf-8")
    files = [corpus_file(CODE.replace("Queue", f"Queue{n}") * 3, f"pkg/{n % 4}/m{n}.py") for n in range(60)]
    for name in ("whole", "killed"):
        write_corpus(tmp_path / name / "corpus", files, files[:2])
    assert start(tmp_path / "whole", tmp_path / "tokenizer").wait(60) == 0

    data = tmp_path / "killed" / "data" / "train"
    for wanted in (1, 3):
        process = start(tmp_path / "killed", tmp_path / "tokenizer")
        while process.poll() is None and len(list(data.glob("shard-*.safetensors"))) < wanted:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert start(tmp_path / "killed", tmp_path / "tokenizer").wait(60) == 0
    # What a killed writer of JSON held aside has a random name and is not data.
    found = {name: digest for name, digest in contents(tmp_path / "killed").items() if "/." not in name}
    assert found == contents(tmp_path / "whole")
