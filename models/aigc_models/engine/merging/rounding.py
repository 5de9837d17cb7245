"""Rounding of rows to GGUF's block types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.tensor_files import Floats


def quantize(rows: Floats, kind: int) -> npt.NDArray[Any]:
    """Return rows (n, columns) as blocks of a GGMLQuantizationType, in GGUF's layout."""
    import gguf

    return np.asarray(gguf.quantize(np.ascontiguousarray(rows, np.float32), gguf.GGMLQuantizationType(kind)))
