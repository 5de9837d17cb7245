"""Scales and minima read from raw blocks must rebuild what the reference dequantizer of the gguf package gives."""

from __future__ import annotations

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest
from gguf import GGMLQuantizationType, dequantize

from aigc_models.engine.exact_weights import scales_and_minima
from aigc_models.engine.fused_projections import fuse_projections


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


def _model_of_two_projections(rows: tuple[int, int]) -> tuple[object, list[np.ndarray]]:
    """Return a model with two products of 4-bit weights over one input, and the weights."""
    random = np.random.default_rng(5)
    source = ops.parameter(ov.PartialShape([-1, 64]), ov.Type.f32)
    outputs, weights = [], []
    for count in rows:
        codes = random.integers(0, 16, size=(count, 2, 32), dtype=np.uint8)
        zeros = random.uniform(0, 15, size=(count, 2, 1)).astype(np.float16)
        scales = random.uniform(0.1, 1, size=(count, 2, 1)).astype(np.float16)
        flat = codes.reshape(-1)
        packed = (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8)
        view = ov.Tensor(packed, ov.Shape(list(codes.shape)), ov.Type.u4)
        constant = ov.op.Constant(view, shared_memory=False)
        centred = ops.subtract(ops.convert(constant, "f16"), ops.constant(zeros))
        matrix = ops.reshape(
            ops.multiply(centred, ops.constant(scales)), ops.constant(np.array([count, 64], dtype=np.int64)), False
        )
        outputs.append(ops.result(ops.matmul(source, ops.convert(matrix, "f32"), False, True)))
        exact = (codes.astype(np.float32) - zeros.astype(np.float32)) * scales.astype(np.float32)
        weights.append(exact.reshape(count, 64))
    return ov.Model(outputs, [source], "two"), weights


def test_joined_projections_give_the_same_products() -> None:
    model, weights = _model_of_two_projections((600, 1000))
    assert fuse_projections(model) == 1
    # Fill the memory that the rewriting gave back: no constant may still point there.
    junk = [np.full(1600 * 32, 0xAA, dtype=np.uint8) for _ in range(64)]
    assert sum(node.get_type_name() == "MatMul" for node in model.get_ops()) == 1  # type: ignore[attr-defined]
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    inputs = np.random.default_rng(1).normal(size=(3, 64)).astype(np.float32)
    for output, weight in zip(compiled(inputs).values(), weights, strict=True):
        np.testing.assert_allclose(output, inputs @ weight.T, rtol=2e-2, atol=5e-1)
    assert len(junk) == 64
