"""Without what `[finetune]` installs, these tests are left out."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDED = ("torch", "peft", "transformers", "matplotlib", "tensorboard", "optuna")
collect_ignore_glob = ["test_*.py"] if any(find_spec(name) is None for name in _NEEDED) else []
