"""Merging an adapter into its base, as a new GGUF file. It needs numpy and gguf, neither torch nor peft."""

from __future__ import annotations

from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.merge import QUANTIZATIONS, merge_to_gguf

__all__ = ["QUANTIZATIONS", "MergeError", "merge_to_gguf"]
