"""Scales and minima read from raw blocks must rebuild what the reference dequantizer of the gguf package gives."""

from __future__ import annotations

import numpy as np
import pytest
from gguf import GGMLQuantizationType, dequantize

from aigc_models.engine.exact_weights import scales_and_minima


@pytest.mark.parametrize(("kind", "block", "weights"), [("Q4_1", 20, 32), ("Q4_K", 144, 256)])
def test_scales_and_minima_rebuild_the_reference(kind: str, block: int, weights: int) -> None:
    random = np.random.default_rng(3)
    rows, columns = 5, 512
    data = random.integers(0, 256, size=(rows, columns // weights * block), dtype=np.uint8)
    shaped = data.reshape(-1, block)
    shaped[:, :4] = random.uniform(0.01, 0.9, size=(len(shaped), 2)).astype(np.float16).view(np.uint8)
    reference = dequantize(data, GGMLQuantizationType[kind]).reshape(rows, columns // 32, 32)
    found = scales_and_minima(kind, data, columns)
    assert found is not None
    scales, minima = (array[:, :, None] for array in found)
    with np.errstate(divide="ignore", invalid="ignore"):
        codes = (reference - minima) / scales
    used = np.broadcast_to(scales != 0, codes.shape)
    np.testing.assert_allclose(codes[used], np.round(codes[used]), atol=2e-3)
    assert codes[used].min() >= -0.01
    assert codes[used].max() <= 15.01


def test_kinds_without_a_minimum_are_left_alone() -> None:
    assert scales_and_minima("Q8_0", np.zeros((1, 34), dtype=np.uint8), 32) is None
