"""Which type a tensor is written in."""

from __future__ import annotations

from aigc_models.engine.merging.names import EMBEDDING, HEAD

QUANTIZATIONS = ("Q8_0", "Q4_0", "Q4_1", "F16", "F32", "keep")
# What gguf's numpy code can write.
_WRITABLE = ("F32", "F16", "BF16", "Q8_0", "Q5_0", "Q5_1", "Q4_0", "Q4_1")
_BLOCK = 32
# `general.file_type` (llama.cpp's llama_ftype).
FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7}


def kind_of(name: str, shape: tuple[int, ...], kind: int, changed: bool, quantization: str) -> int:
    """Return the GGMLQuantizationType of a tensor to write, given its own `kind` and whether an adapter changes it.

    Vectors (norms, biases) are float32. The embedding and the head stay at 8 bits or more, since every token passes
    them. An unchanged tensor that is as small as wanted keeps its type. Rows that are no multiple of a block's 32
    weights are float16.
    """
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    own = GGMLQuantizationType(kind)
    if not changed and (quantization == "keep" or len(shape) < 2):
        return kind
    if len(shape) < 2:
        return int(GGMLQuantizationType.F32)
    wanted = own.name if quantization == "keep" else quantization
    if wanted not in _WRITABLE or (name in (EMBEDDING, HEAD) and wanted.startswith("Q")):
        wanted = "Q8_0"
    if wanted.startswith("Q") and shape[-1] % _BLOCK:
        wanted = "F16"
    chosen = GGMLQuantizationType[wanted]

    def bits(one: GGMLQuantizationType) -> int:
        block, size = GGML_QUANT_SIZES[one]
        return int(size) * 8 // int(block)  # 4 for Q4_0; Q4_1's 5 count its minima

    small = bits(own) <= bits(chosen) or (own.name == "Q4_1" and wanted == "Q4_0")
    return kind if small and not changed else int(chosen)
