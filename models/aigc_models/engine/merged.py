"""Copies of a base with an adapter merged into them: made once, in a process of their own, and kept in the cache.

The copy is named by both hashes and its format, so that neither another base nor other weights are taken for it.
`python -m aigc_models.engine.merged BASE ADAPTER TARGET` makes one; only the engine calls it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from aigc_models.store.adapters import cache_stem, merged_dir
from aigc_models.store.files import human_size, need_space, size_of
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

QUANTIZATION = "Q8_0"
_TIMEOUT_S = 1800
_POLL_S = 0.2
_NICENESS = 10  # the editor waits for the base, which answers meanwhile


def merged_gguf(
    base: ModelRef, base_sha256: str, adapter: Path, digest: str, ended: Callable[[], bool] = lambda: False
) -> Path:
    """Return the GGUF file of `base` with the adapter merged into it, making it first where there is none.

    It gives up soon after `ended` returns True: an engine that stops waits for nothing.

    Raises:
        AigcError: it cannot be merged; the text says why.
    """
    if base.format != "gguf":
        raise AigcError(
            f"This runtime cannot use adapters with {base.format} weights. "
            "Use a GGUF model, or the transformers runtime."
        )
    target = merged_dir() / f"{cache_stem(base_sha256, digest)}-{QUANTIZATION.lower()}.gguf"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target, ended):
        if not target.is_file():
            for torn in target.parent.glob(f".*-{target.name}"):  # of a process that was killed
                torn.unlink(missing_ok=True)
            need_space(target.parent, 4 * size_of(base.path))  # 8 bits for 4, and its conversion
            _make_aside(base, adapter, target, ended)
    return target


def _locked(target: Path, ended: Callable[[], bool]) -> AbstractContextManager[object]:
    """Wait for another process that makes the same file. Raises AigcError when that has `ended`."""
    lock = FileLock(f"{target}.lock")
    while True:
        try:
            return lock.acquire(timeout=_POLL_S)
        except Timeout:
            if ended():
                raise AigcError("the engine stopped meanwhile") from None


def room_for(file: Path) -> bool:
    """Return whether the memory that is free holds a model of a file's size and its cache."""
    import psutil

    return bool(psutil.virtual_memory().available > 2 * size_of(file) + (256 << 20))


def _make_aside(base: ModelRef, adapter: Path, target: Path, ended: Callable[[], bool]) -> None:
    command = [sys.executable, "-P", "-m", "aigc_models.engine.merged", str(base.path), str(adapter), str(target)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            told = _told(process, ended)
        finally:
            process.kill()  # nothing where it ended
    if process.returncode:
        lines = told.strip().splitlines()
        raise AigcError(lines[-1] if lines else f"merging it ended with status {process.returncode}")


def _told(process: subprocess.Popen[str], ended: Callable[[], bool]) -> str:
    """Return what a process wrote to its standard error, once it is over."""
    began = time.monotonic()
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[1]
        except subprocess.TimeoutExpired:
            if ended():
                raise AigcError("the engine stopped meanwhile") from None
            if time.monotonic() - began > _TIMEOUT_S:
                raise AigcError(f"merging it took over {_TIMEOUT_S // 60} minutes and was stopped") from None


def _make(base: Path, adapter: Path, target: Path) -> None:
    from aigc_models.engine.convert import load_converted
    from aigc_models.engine.merging import merge_to_gguf

    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICENESS)
    aside = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        merge_to_gguf(ModelRef(base.stem, base, "gguf", None, str(base)), adapter, aside, quantization=QUANTIZATION)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    load_converted(target, lambda fraction, text: None)
    sys.stderr.write(f"{human_size(target.stat().st_size)} written\n")


if __name__ == "__main__":
    try:
        _make(*(Path(word) for word in sys.argv[1:4]))
    except Exception as failure:
        told = str(failure).strip() if isinstance(failure, AigcError) else f"{type(failure).__name__}: {failure}"
        sys.stderr.write(" ".join(told.split()) + "\n")
        sys.exit(1)
