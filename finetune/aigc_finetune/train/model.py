"""The network that is trained: the base as transformers loads it, with what the recipe adds to it.

Weights come from safetensors or GGUF; code in a model's folder is never run, pickled weights never read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aigc_finetune.recipe import Recipe, TrainSection
from aigc_finetune.train import attention
from aigc_finetune.train.loss import cross_entropy
from aigc_finetune.train.packing import Row
from aigc_finetune.train.quicken import quicken
from aigc_finetune.train.tokens import RowLookup, TokenRows, grow, token_rows
from aigc_models.adapters import AdapterError, base_digest, read_manifest
from aigc_models.store import ModelRef, resolve
from aigc_models.types import AigcError

# Settings of a configuration by which a family changes logits after the head, which the chunked loss does not do.
_HEAD_SETTINGS = ("final_logit_softcapping", "logits_scaling", "logit_scale")


@dataclass(slots=True)
class Network:
    """A model ready for training.

    `outer` is peft's model, or for full fine-tuning the causal model itself; `causal` is always the latter. `rows` are
    the trained rows of the embedding, `head_rows` those of the head (the same ones where both are tied). `split` says
    that weights are split among processes.
    """

    ref: ModelRef
    outer: Any
    causal: Any
    method: str
    precision: str
    tokens: TokenRows
    rows: torch.nn.Parameter | None = None
    head_rows: torch.nn.Parameter | None = None
    notes: tuple[str, ...] = ()
    split: bool = False

    def trained(self) -> dict[str, torch.nn.Parameter]:
        """Return what is trained, by name."""
        return {name: one for name, one in self.outer.named_parameters() if one.requires_grad}

    @property
    def row_ids(self) -> torch.Tensor | None:
        """Return the ids of `head_rows`."""
        return torch.tensor(self.tokens.ids, device=self.head.device) if self.head_rows is not None else None

    @property
    def head(self) -> torch.Tensor:
        """Return the head's weight, (V, H)."""
        weight: torch.Tensor = _plain(self.causal.get_output_embeddings()).weight
        return weight

    def hidden(self, row: Row, noise: float = 0.0) -> torch.Tensor:
        """Return the hidden states from which the targets of a row are predicted, (N, H).

        `noise` is the alpha of NEFTune (Jain et al. 2023): uniform noise on a sample's embeddings, of the size
        alpha / sqrt(length * H).
        """
        embedded = self.causal.get_input_embeddings()(row.tokens)
        if noise:
            sizes = torch.tensor(row.lengths, device=embedded.device, dtype=torch.float32)
            scale = noise / (sizes.repeat_interleave(sizes.long()) * embedded.shape[-1]).sqrt()
            embedded = embedded + torch.empty_like(embedded).uniform_(-1, 1) * scale[None, :, None].to(embedded.dtype)
        found = self.causal.get_decoder()(
            inputs_embeds=embedded, position_ids=row.positions, use_cache=False, segment_lengths=row.lengths
        )
        hidden: torch.Tensor = found.last_hidden_state[0].index_select(0, row.sources)
        return hidden.to(torch.bfloat16) if self.precision == "bf16" else hidden

    def loss(self, row: Row, scale: float, smoothing: float = 0.0, noise: float = 0.0) -> tuple[Any, Any]:
        """Return the scaled loss of a row and the plain cross entropy's sum; see `loss.cross_entropy`."""
        half = self.precision == "bf16" and self.method == "full"
        with torch.autocast(row.tokens.device.type, torch.bfloat16, enabled=half):
            hidden = self.hidden(row, noise)
        head = self.head.to(hidden.dtype)
        return cross_entropy(
            hidden, head, row.targets, scale, smoothing=smoothing, rows=self.head_rows, ids=self.row_ids
        )


def resolve_base(name: str) -> ModelRef:
    """Return the base that a recipe names: a known model, a GGUF file, or a folder of safetensors."""
    ref = resolve(name)
    if ref.format not in ("gguf", "safetensors"):
        raise AigcError(f"{name} cannot be trained: it is of the format {ref.format}; use a GGUF or safetensors model.")
    return ref


def build(recipe: Recipe, device: torch.device) -> Network:
    """Load the base and add what the recipe trains; the same recipe gives the same starting weights.

    Raises:
        AigcError: the base cannot be loaded or trained, or the adapter to go on from does not fit it.
    """
    section = recipe.train
    ref = resolve_base(recipe.model.name)
    precision = choose_precision(section, device)
    causal = _load(ref, section, precision, device)
    _check_head(causal)
    if recipe.model.adapter:
        return _continued(recipe, ref, causal, precision)
    tokens = token_rows(ref, recipe.model)
    torch.manual_seed(section.seed)
    grow(causal, ref, tokens.added)
    if section.method == "full":
        causal.requires_grad_(True)
        return Network(ref, causal, causal, section.method, precision, TokenRows((), tokens.added))
    from peft import get_peft_model

    causal.requires_grad_(False)
    outer = get_peft_model(causal, _lora(section, causal, tokens))
    return _with_rows(Network(ref, outer, causal, section.method, precision, tokens))


def choose_precision(section: TrainSection, device: torch.device) -> str:
    """Return `bf16` or `fp32`; automatic is bf16 where the device multiplies it in hardware."""
    if section.precision != "auto":
        return section.precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    fast = device.type == "cpu" and (torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
    return "bf16" if fast else "fp32"


def _load(ref: ModelRef, section: TrainSection, precision: str, device: torch.device) -> Any:
    from transformers import AutoModelForCausalLM

    # Full fine-tuning keeps fp32 weights also where it computes in bf16: small updates are lost in bf16.
    half = precision == "bf16" and section.method != "full"
    kind = torch.bfloat16 if half else torch.float32
    folder, arguments = (ref.path.parent, {"gguf_file": ref.path.name}) if ref.format == "gguf" else (ref.path, {})
    if section.method == "qlora":
        from aigc_finetune.train.quantized import load_arguments

        arguments.update(load_arguments(ref, kind, device))
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=kind, use_safetensors=True, trust_remote_code=False, local_files_only=True,
            attn_implementation=attention.NAME, **arguments,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise AigcError(f"transformers cannot load {ref.path}: {error}") from error
    if section.method == "qlora":
        from aigc_finetune.train.quantized import quantize

        return quantize(model, kind, device)
    return model.to(device)


def _check_head(causal: Any) -> None:
    settings = [name for name in _HEAD_SETTINGS if getattr(causal.config, name, None) not in (None, 1, 1.0)]
    if settings or getattr(causal.get_output_embeddings(), "bias", None) is not None:
        cause = ", ".join(settings) or "a bias in the head"
        raise AigcError(f"Models of the kind {causal.config.model_type} cannot be trained here ({cause}); use another.")


def _lora(section: TrainSection, causal: Any, tokens: TokenRows) -> Any:
    from peft import LoraConfig

    names = {name.rpartition(".")[2] for name, _ in causal.named_modules()}
    unknown = [target for target in section.targets if target not in names]
    if unknown:
        raise AigcError(
            f"train.targets: the model has no layers named {', '.join(unknown)}; it has "
            f"{', '.join(sorted(name for name in names if name.endswith('proj')))}."
        )
    if any(_module_name(causal, one) in section.targets for one in _ends(causal)):
        raise AigcError("train.targets: the embedding and the head take no LoRA; leave them out.")
    tied = causal.get_output_embeddings().weight is causal.get_input_embeddings().weight
    layers = _ends(causal)[: 1 if tied else 2]
    return LoraConfig(
        r=section.rank, lora_alpha=section.alpha, lora_dropout=section.dropout, bias="none", task_type="CAUSAL_LM",
        target_modules=list(section.targets), use_dora=section.method == "dora", use_rslora=section.method == "rslora",
        trainable_token_indices={_module_name(causal, one): list(tokens.ids) for one in layers} if tokens.ids else None,
    )  # fmt: skip


def _ends(causal: Any) -> list[Any]:
    return [causal.get_input_embeddings(), causal.get_output_embeddings()]


def _module_name(causal: Any, module: Any) -> str:
    return str(next(name for name, one in causal.named_modules() if one is module)).rpartition(".")[2]


def _continued(recipe: Recipe, ref: ModelRef, causal: Any, precision: str) -> Network:
    """Go on from an adapter: its rank, targets and rows stay; dropout is the recipe's."""
    from peft import LoraConfig, PeftModel

    folder = adapter_folder(str(recipe.model.adapter))
    manifest = read_manifest(folder)
    if recipe.train.method == "full":
        raise AdapterError("train.method = full cannot go on from an adapter; use lora, or leave model.adapter out.")
    if manifest.base_sha256 != base_digest(ref):
        raise AdapterError(
            f"The adapter {manifest.name} was made for {manifest.base}, not for {ref.id}: set model.name to its base."
        )
    kind = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8")).get("peft_type")
    if kind != "LORA":
        raise AdapterError(f"The adapter {manifest.name} is of the kind {kind}; only LoRA adapters can be trained on.")
    config = LoraConfig.from_pretrained(str(folder))
    config.lora_dropout = recipe.train.dropout
    named = config.trainable_token_indices or {}
    ids = next(iter(named.values()), []) if isinstance(named, dict) else named
    wanted = token_rows(ref, recipe.model)
    if not set(wanted.ids) <= set(ids):
        raise AdapterError(f"The adapter {manifest.name} does not train the tokens that the recipe names; train anew.")
    grow(causal, ref, manifest.added_tokens)
    causal.requires_grad_(False)
    outer = PeftModel.from_pretrained(causal, str(folder), is_trainable=True, config=config)
    note = f"goes on from {manifest.name}: rank {config.r}, alpha {config.lora_alpha:g}, and its targets"
    tokens = TokenRows(tuple(ids), manifest.added_tokens)
    return _with_rows(Network(ref, outer, causal, recipe.train.method, precision, tokens, notes=(note,)))


def adapter_folder(name: str) -> Path:
    """Return the folder of an adapter: a path, or the name of a registered one."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    raise AdapterError(f"There is no adapter at {name}; `aigc-lsp adapters list` shows the registered ones.")


def _with_rows(network: Network) -> Network:
    """Keep trained values in fp32, and let trained rows be looked up instead of copied into whole matrices."""
    for parameter in network.trained().values():
        parameter.data = parameter.data.float()
    quicken(network.causal)
    if not network.tokens.ids:
        return network
    outside, head = _ends(network.causal)
    adapter = outside.token_adapter
    network.rows = adapter.trainable_tokens_delta["default"]
    network.head_rows = head.token_adapter.trainable_tokens_delta["default"]
    lookup = RowLookup(adapter.base_layer, network.tokens.ids, network.rows)
    outside.forward = lookup.forward
    return network


def _plain(layer: Any) -> Any:
    """Return the layer below peft's wrapper."""
    return layer.token_adapter.base_layer if hasattr(layer, "token_adapter") else layer
