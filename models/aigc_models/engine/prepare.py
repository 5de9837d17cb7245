"""Prepare a model ahead of its first use: `python -m aigc_models.engine.prepare MODEL`. It loads nothing to serve.

It prints `PERCENT message` lines; errors are one line on standard error with exit status 1. A model that needs no
preparation on this machine is ready at once.
"""

from __future__ import annotations

import importlib.util
import sys

from aigc_models.store import resolve
from aigc_models.types import AigcError


def prepare(model: str) -> None:
    """Convert a GGUF model for OpenVINO where that runtime is installed.

    Raises:
        AigcError: the model is missing or cannot be converted.
    """
    ref = resolve(model)
    if ref.format != "gguf" or any(importlib.util.find_spec(name) is None for name in ("openvino", "openvino_genai")):
        return
    from aigc_models.engine.convert import load_converted

    load_converted(ref.path, _tell)


def _tell(fraction: float, message: str) -> None:
    sys.stdout.write(f"{fraction * 100:.0f} {message}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        prepare(sys.argv[1])
    except AigcError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    _tell(1.0, "ready")
