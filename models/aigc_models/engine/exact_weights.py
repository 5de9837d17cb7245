"""Put back what the GGUF reader rounds away: the zero points of 4-bit weights with a minimum (Q4_1, Q4_K).

GGUF stores such a group as w = d·q + m with 16-bit floats d and m. openvino-genai writes w = d·(q - z) with z = -m/d
rounded to a whole number, which shifts every weight of a group by up to half a step: on the embedded model that cost
more than a quarter of the exact completions (docs/benchmarks.md). Here z becomes the 16-bit float that it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
_GROUP = 32


def restore_zero_points(model: Any, source: Path) -> tuple[int, int]:
    """Replace the rounded zero points in an `openvino.Model` read from the GGUF file `source`, in place.

    Return how many weights were restored, and how many with a rounded zero point were left as they are because no
    tensor of the file has their scales.
    """
    import openvino.opset13 as ops

    exact = {scales.tobytes(): zeros for scales, zeros in _groups(source)}
    restored = left = 0
    for subtract, scales in _decompressions(model):
        zeros = exact.get(scales.tobytes())
        if zeros is None:
            left += 1
            continue
        subtract.input(1).replace_source_output(ops.constant(zeros.reshape(scales.shape)).output(0))
        restored += 1
    model.validate_nodes_and_infer_types()
    return restored, left


def _decompressions(model: Any) -> Iterator[tuple[Any, Halves]]:
    """Find `(q - z) · d` with 4-bit `z`; give the subtraction and the scales d."""
    for node in list(model.get_ops()):
        if node.get_type_name() != "Multiply":
            continue
        subtract, scales = (node.input_value(index).get_node() for index in (0, 1))
        if subtract.get_type_name() != "Subtract" or scales.get_type_name() != "Constant":
            continue
        zeros = subtract.input_value(1).get_node()
        while zeros.get_type_name() == "Convert":
            zeros = zeros.input_value(0).get_node()
        if zeros.get_output_element_type(0).to_string() == "u4":
            yield subtract, np.ascontiguousarray(scales.get_data(), dtype=np.float16)


def _groups(source: Path) -> Iterator[tuple[Halves, Halves]]:
    """Give scales and zero points of each 4-bit tensor with minima, in every order of rows that the reader may use."""
    from gguf import GGUFReader

    reader = GGUFReader(str(source))
    for tensor in reader.tensors:
        found = scales_and_minima(tensor.tensor_type.name, np.asarray(tensor.data), int(tensor.shape[0]))
        if found is None:
            continue
        scales, minima = found
        for heads in _heads(reader, tensor.name):
            d, m = (_rows_by_head(array, heads) for array in (scales, minima))
            halves = d.astype(np.float16)
            divisor = np.where(halves == 0, np.float32(1), halves.astype(np.float32))
            yield np.ascontiguousarray(halves), np.ascontiguousarray((-m / divisor).astype(np.float16))


def scales_and_minima(kind: str, data: npt.NDArray[Any], columns: int) -> tuple[Floats, Floats] | None:
    """Return d and m of w = d·q + m, shape (rows, columns / 32), of a tensor's raw blocks; None for other kinds."""
    rows = data.reshape(-1).view(np.uint8)
    if kind == "Q4_1":  # per 32 weights: d, m, 16 bytes of q
        blocks = rows.reshape(-1, columns // _GROUP, 20)
        halves = np.ascontiguousarray(blocks[:, :, :4]).view(np.float16).astype(np.float32)
        return halves[:, :, 0], halves[:, :, 1]
    if kind == "Q4_K":  # per 256 weights: d, dmin, 12 bytes of eight 6-bit scales and minima, 128 bytes of q
        from gguf.quants import Q4_K

        super_blocks = rows.reshape(-1, 144)
        halves = np.ascontiguousarray(super_blocks[:, :4]).view(np.float16).astype(np.float32)
        scales, minima = Q4_K.get_scale_min(np.ascontiguousarray(super_blocks[:, 4:16]))
        shape = (-1, columns // _GROUP)
        d = (halves[:, :1] * scales.astype(np.float32)).reshape(shape)
        return d, -(halves[:, 1:] * minima.astype(np.float32)).reshape(shape)
    return None


def _heads(reader: Any, name: str) -> tuple[int, ...]:
    """Return numbers of heads by which the rows may be reordered: 0 for none, and those of the attention."""
    field = {"attn_q": "head_count", "attn_k": "head_count_kv"}.get(name.split(".")[-2])
    if field is None:
        return (0,)
    architecture = reader.fields["general.architecture"].contents()
    found = reader.fields.get(f"{architecture}.attention.{field}")
    return (0, int(found.contents())) if found is not None else (0,)


def _rows_by_head(array: Floats, heads: int) -> Floats:
    """Undo llama.cpp's interleaving of the two halves of each head's rows (for its rotary embedding)."""
    if not heads:
        return array
    rows, groups = array.shape
    return array.reshape(heads, rows // heads // 2, 2, groups).swapaxes(1, 2).reshape(rows, groups)
