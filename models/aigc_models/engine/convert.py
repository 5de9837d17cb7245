"""Convert a GGUF file for OpenVINO once, and keep the result: the weights as IR, the tokenizer, the facts.

Reading a GGUF takes seconds, reading the kept result a fraction of one. The conversion runs in a process of its own:
the reader is C++ and the file is untrusted, so a crash there must not take the engine along.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from aigc_models import paths
from aigc_models.engine.exact_weights import restore_zero_points
from aigc_models.engine.fused_projections import fuse_projections
from aigc_models.engine.gguf_tokenizer import GgufFacts, read_gguf
from aigc_models.engine.runtimes.base import Progress
from aigc_models.engine.vocabulary import TokenizersVocabulary
from aigc_models.types import AigcError

log = logging.getLogger(__name__)
_FORMAT = 5  # raise when the layout of the kept folder changes
_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True)
class Converted:
    """A kept conversion: `model` is the IR's XML file."""

    folder: Path
    facts: GgufFacts

    @property
    def model(self) -> Path:
        """Return the path of the IR."""
        return self.folder / "openvino_model.xml"

    def vocabulary(self) -> TokenizersVocabulary:
        """Read the tokenizer."""
        return TokenizersVocabulary.from_file(self.folder / "tokenizer.json", bos=self.facts.bos, eos=self.facts.eos)


def _folder_for(source: Path) -> Path:
    status = source.stat()
    version = importlib.metadata.version("openvino")
    key = f"{source.resolve()}|{status.st_size}|{status.st_mtime_ns}|{version}|{_FORMAT}"
    return paths.cache_dir() / "converted" / f"{source.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _read(folder: Path) -> Converted:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    facts["eos"] = tuple(facts["eos"])
    return Converted(folder, GgufFacts(**facts))


def load_converted(source: Path, progress: Progress) -> Converted:
    """Return the kept conversion of a GGUF file, making it first where there is none.

    Raises:
        AigcError: the file cannot be converted; the text names it.
    """
    if not source.is_file():
        raise AigcError(f"{source} is not a file; `aigc-lsp models list` shows the models that are here.")
    folder = _folder_for(source)
    if (folder / "facts.json").is_file():
        return _read(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(folder) + ".lock"):
        if not (folder / "facts.json").is_file():
            progress(0.05, "converting the weights, once")
            _convert_aside(source, folder)
    return _read(folder)


def _convert_aside(source: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as work:
        command = [sys.executable, "-P", "-m", "aigc_models.engine.convert", str(source.resolve()), work]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=_same_imports()
            )
        except subprocess.TimeoutExpired as error:
            raise AigcError(f"Converting {source} took over {_TIMEOUT_S // 60} minutes and was stopped.") from error
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"the reader ended with status {done.returncode}"])[-1]
            raise AigcError(f"{source} cannot be converted for OpenVINO: {reason}")
        log.info("converted %s: %s", source, done.stderr.strip().rpartition("\n")[2])
        result = Path(work) / "result"
        shutil.rmtree(folder, ignore_errors=True)
        result.rename(folder)


def _same_imports() -> dict[str, str]:
    """Return an environment in which a new interpreter finds the modules that this one finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def _convert(source: Path, work: Path) -> None:
    """Convert in this process; the reader writes beside the file it reads, so it reads a link in `work`."""
    import openvino
    import openvino_genai

    facts, tokenizer = read_gguf(source)
    reading, result = work / "reading", work / "result"
    reading.mkdir()
    result.mkdir()
    link = reading / source.name
    link.symlink_to(source)
    openvino_genai.LLMPipeline(str(link), "CPU", enable_save_ov_model=True)
    saved = reading / "openvino_model.xml"
    if not saved.is_file():
        raise AigcError("the converter wrote no model")
    model = openvino.Core().read_model(str(saved))
    restored, left = restore_zero_points(model, source)
    joined = fuse_projections(model)
    openvino.serialize(model, str(result / "openvino_model.xml"))
    for name in ("openvino_model.xml", "openvino_model.bin"):
        with (result / name).open("rb+") as stream:
            os.fsync(stream.fileno())
    sys.stderr.write(f"zero points of {restored} weights restored, {left} left rounded, {joined} products joined\n")
    tokenizer.save(str(result / "tokenizer.json"))
    (result / "facts.json").write_text(json.dumps(asdict(facts)), encoding="utf-8")


if __name__ == "__main__":
    try:
        _convert(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception as error:
        sys.stderr.write(f"{str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}\n")
        sys.exit(1)
