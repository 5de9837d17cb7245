"""What is installed: this package's extras, their versions, and whether what they bring can be imported."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec

from aigc_lsp.cli.checks import Finding
from aigc_models import __version__

_IMPORT_TIMEOUT_S = 60.0
# Shown with their versions where they are installed; what an extra needs is in the distribution's own metadata.
_EXTRAS = {
    "cpu": ("openvino", "openvino-genai", "tokenizers", "gguf", "starlette", "uvicorn", "numpy", "jinja2"),
    "local": ("torch", "transformers", "accelerate", "bitsandbytes", "peft", "safetensors", "huggingface-hub"),
}


def findings() -> list[Finding]:
    """Return what is installed of each extra."""
    found = [Finding("aigc-lsp", "ok", __version__)]
    for extra, wanted in _EXTRAS.items():
        versions = {name: _version(name) for name in wanted}
        missing = [name for name, version in versions.items() if version is None]
        here = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        if not here:
            found.append(Finding(f"extra [{extra}]", "info", "not installed"))
        elif missing:
            text = f"{here}; without {', '.join(missing)}"
            found.append(Finding(f"extra [{extra}]", "info", text, f"pip install 'aigc-lsp[{extra}]'"))
        else:
            found.append(Finding(f"extra [{extra}]", "ok", here))
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def import_error(modules: tuple[str, ...]) -> str | None:
    """Import modules in a process of their own; return None if that works, else the last line of what went wrong."""
    if any(find_spec(name) is None for name in modules):
        return None  # absent, not broken
    code = "\n".join(f"import {name}" for name in modules if re.fullmatch(r"[A-Za-z_][\w.]*", name))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=_IMPORT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"importing {', '.join(modules)} took more than {_IMPORT_TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"importing {', '.join(modules)} ended with status {done.returncode}"
