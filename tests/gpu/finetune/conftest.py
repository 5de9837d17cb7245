"""These tests need a GPU that CUDA drives, and what `[finetune]` installs; elsewhere they are skipped."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _cuda() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("peft")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
