"""QLoRA's frozen base in 4 bits (Dettmers et al. 2023): NF4 with double quantization, by bitsandbytes, on CPU too."""

from __future__ import annotations

from typing import Any

import torch

from aigc_models.store import ModelRef
from aigc_models.types import AigcError


def load_arguments(ref: ModelRef, kind: torch.dtype, device: torch.device) -> dict[str, Any]:
    """Return arguments of `from_pretrained` that quantize while loading; on a GPU the whole model need never fit.

    GGUF files cannot be loaded that way, and on a CPU there is nothing to gain: `quantize` does it afterwards.

    Raises:
        AigcError: bitsandbytes is not installed.
    """
    try:
        import bitsandbytes  # noqa: F401
    except ImportError:
        raise AigcError(
            "train.method = qlora needs bitsandbytes: pip install 'aigc-lsp[finetune]', or use method = lora."
        ) from None
    if ref.format == "gguf" or device.type != "cuda":
        return {}
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=kind
    )
    return {"quantization_config": config, "device_map": {"": device}}


def quantize(causal: Any, kind: torch.dtype, device: torch.device) -> Any:
    """Replace the linear layers of the decoder by 4-bit ones, one after the other, and move the model to the device.

    The embedding and the head stay as they are. A model that was quantized while loading is returned unchanged.
    """
    from bitsandbytes.nn import Linear4bit, Params4bit

    decoder = causal.get_decoder()
    for name, layer in list(decoder.named_modules()):
        if type(layer) is not torch.nn.Linear:
            continue
        small = Linear4bit(
            layer.in_features, layer.out_features, layer.bias is not None, compute_dtype=kind, compress_statistics=True,
            quant_type="nf4", device="meta",
        )  # fmt: skip
        small.weight = Params4bit(
            layer.weight.detach(), requires_grad=False, quant_type="nf4", compress_statistics=True, module=small
        )
        small.bias = layer.bias
        parent, _, own = name.rpartition(".")
        setattr(decoder.get_submodule(parent), own, small.to(device))  # moving quantizes
    return causal.to(device)
