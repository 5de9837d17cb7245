"""Prepares a fetched model for its runtime, so that the first start of an editor does not wait for the conversion."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aigc_lsp.cli import output
from aigc_models import paths

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_models.store import ModelRef

# What a GGUF file is converted with; without them this machine has no engine that would use the result.
_NEEDS = ("openvino", "openvino_genai", "gguf", "tokenizers", "filelock", "numpy")


def prepare(ref: ModelRef, name: str) -> bool | None:
    """Prepare a model in a process of its own, with progress on standard error. `name` is what the user calls it.

    Returns True where that worked, False where it failed and why was said, None where there is nothing to do here.
    """
    if ref.format != "gguf" or any(find_spec(module) is None for module in _NEEDS):
        return None
    # -P and a folder of ours: nothing of the working directory is imported.
    command = [sys.executable, "-P", "-m", "aigc_models.engine.prepare", ref.id]
    with ExitStack() as stack:
        tell = _teller(name, stack)
        errors = stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))  # never full, as a pipe is
        process = stack.enter_context(
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                text=True, errors="replace", cwd=paths.runtime_dir(),
            )
        )  # fmt: skip
        stack.callback(process.terminate)
        assert process.stdout is not None  # noqa: S101 - opened with PIPE just above
        for line in process.stdout:
            percent, _, message = line.strip().partition(" ")
            tell(percent, message)
        if process.wait() == 0:
            return True
        errors.seek(0)
        reason = (errors.read().strip().splitlines() or [f"it ended with status {process.returncode}"])[-1]
    output.note(f"aigc-lsp: {ref.id} is here, but could not be prepared for this machine: {reason}")
    return False


def _teller(name: str, stack: ExitStack) -> Callable[[str, str], None]:
    """Return what shows one report: a live line on a terminal, one line for each new message elsewhere."""
    if sys.stderr.isatty():
        spinner = stack.enter_context(output.notices().status(f"{name}: preparing"))
        return lambda percent, message: spinner.update(f"{name}: {message} {percent} %")
    seen: set[str] = set()

    def tell(percent: str, message: str) -> None:
        if message and percent != "100" and message not in seen:
            seen.add(message)
            output.note(f"{name}: {message}")

    return tell
