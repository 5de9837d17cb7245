"""The one error of merging."""

from __future__ import annotations

from aigc_models.types import AigcError


class MergeError(AigcError):
    """An adapter that cannot be merged into a model; the text says why and what to do. No file was written."""
