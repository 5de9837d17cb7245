"""How much memory training takes, from a model's shape and a recipe; and from that, how many tokens fit a forward pass.

What is counted, in bytes: the weights of the base; what is trained, always in fp32, with its gradients, its optimizer
states and its average; the tensors that autograd keeps for backward, for each token of a forward pass; the largest
things that come and go (a chunk of logits, a layer's work). A test holds the activations against what autograd really
keeps, another the whole against a process's measured peak.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from aigc_finetune.recipe import TrainSection
from aigc_finetune.train.estimate.shapes import Shape
from aigc_models.types import AigcError

Device = Literal["cpu", "cuda"]

# Measured with torch 2.13, transformers 5.23 and peft 0.21: a process on Linux after their import; on a GPU the CUDA
# context, cuBLAS workspaces and what the allocator loses to fragments.
_PROCESS = {"cpu": 500_000_000, "cuda": 1_000_000_000}
# NF4 with double quantization (Dettmers et al. 2023, section 3): 4 bits, and 0.127 bits of constants, a weight.
_NF4 = (4 + 0.127) / 8
_CHUNK = 256  # targets whose logits are there at a time, see `loss`
# Tokens of a forward pass. On a CPU 2048 took longer a token than 1024 (LoRA, hidden size 576), and twice the memory.
_LEAST, _MOST = 128, {"cpu": 1024, "cuda": 32768}
_SHARE = 0.85  # of the free memory that a run may take


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one device. `work` comes and goes within a step; `process` is there before any weight is."""

    process: int
    weights: int
    trained: int
    gradients: int
    optimizer: int
    activations: int
    work: int

    @property
    def total(self) -> int:
        """Return the sum: the peak to expect."""
        return sum(asdict(self).values())


def trained_parameters(shape: Shape, section: TrainSection, rows: int = 0) -> int:
    """Return how many parameters are trained; `rows` are rows of the embedding that an adapter trains, too."""
    if section.method == "full":
        return shape.parameters
    linear = [shape.linear(name) for name in section.targets]
    each = sum(section.rank * (inputs + outputs) for inputs, outputs in linear)
    if section.method == "dora":
        each += sum(outputs for _, outputs in linear)
    return shape.layers * each + rows * shape.hidden * (1 if shape.tied else 2)


def estimate_memory(
    shape: Shape,
    section: TrainSection,
    *,
    micro_tokens: int,
    precision: str,
    device: Device = "cpu",
    processes: int = 1,
    sharded: bool = False,
    rows: int = 0,
) -> Memory:
    """Return what one of `processes` devices holds. `sharded` is FSDP: the blocks' weights and states are split.

    `precision` is `fp32` or `bf16`, what is computed in.
    """
    size = 2 if precision == "bf16" else 4
    share = processes if sharded else 1
    trained = trained_parameters(shape, section, rows)
    full = section.method == "full"
    if full:  # what lies outside of blocks is whole in each process, and so are adapters
        trained = shape.embeddings + (trained - shape.embeddings) // share
    return Memory(
        process=_PROCESS[device],
        weights=0 if full else _weights(shape, section, size, share),
        trained=trained * 4,
        gradients=trained * 4,
        optimizer=int(trained * optimizer_bytes(section)),
        activations=activations(shape, section, micro_tokens, size),
        work=_work(shape, section, micro_tokens, size, sharded),
    )


def activations(shape: Shape, section: TrainSection, tokens: int, size: int) -> int:
    """Return the bytes that are kept for backward in a forward pass over `tokens`; `size` is that of a number (2, 4).

    With gradient checkpointing only the input of each layer is kept, and one layer's tensors are made again at a time.
    """
    layer = _layer(shape, section, size)
    if section.gradient_checkpointing:
        return tokens * (layer + shape.layers * shape.hidden * size)
    return tokens * layer * shape.layers


def choose_micro_tokens(
    shape: Shape,
    section: TrainSection,
    *,
    precision: str,
    longest: int,
    free: int,
    device: Device = "cpu",
    processes: int = 1,
    sharded: bool = False,
    loaded: bool = True,
    rows: int = 0,
) -> int:
    """Return how many tokens a forward pass may have so that the run fits `free` bytes.

    `longest` is the longest sample, which must fit into one pass. `loaded` says that process and weights are in memory
    already and not part of what is free. The answer is a multiple of 128, not above a process's part of the batch.

    Raises:
        AigcError: even the longest sample alone does not fit; the text says what would help.
    """

    def needed(tokens: int) -> int:
        memory = estimate_memory(
            shape, section, micro_tokens=tokens, precision=precision, device=device, processes=processes,
            sharded=sharded, rows=rows,
        )  # fmt: skip
        return memory.total - (memory.process + memory.weights if loaded else 0)

    room = int(free * _SHARE)
    if needed(longest) > room:
        raise AigcError(
            f"Training needs about {needed(longest) / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: {_advice(section)}."
        )
    part = -(-section.batch_tokens // processes) if section.batch_tokens else _MOST[device]
    most = max(longest, min(part, _MOST[device]))
    tokens = _LEAST
    while tokens + _LEAST <= most and needed(tokens + _LEAST) <= room:
        tokens += _LEAST
    return max(tokens, longest)


def _advice(section: TrainSection) -> str:
    """Return what makes a run smaller, of what the recipe does not do yet."""
    steps = [
        (not section.gradient_checkpointing, "set train.gradient_checkpointing = true"),
        (section.method == "full", 'set train.method = "lora"'),
        (section.method not in ("full", "qlora"), 'set train.method = "qlora"'),
        (section.optimizer == "adamw", 'set train.optimizer = "paged_adamw8bit"'),
        (True, "lower encode.context_length"),
    ]
    return ", or ".join(text for holds, text in steps if holds)


def _weights(shape: Shape, section: TrainSection, size: int, share: int) -> int:
    """Return the bytes of a frozen base, its blocks split into `share` parts."""
    each = _NF4 if section.method == "qlora" else size
    return int(shape.block_linear * each / share) + (shape.parameters - shape.block_linear) * size


def optimizer_bytes(section: TrainSection) -> float:
    """Return the bytes of states for each trained parameter: two moments, and the average of weights."""
    moments = 8.0 if section.optimizer == "adamw" else 2.0 + 8 / 256  # 8 bits, and two scales for blocks of 256
    return moments + (4.0 if section.ema else 0.0)


def _layer(shape: Shape, section: TrainSection, size: int) -> int:
    """Return the bytes that one layer keeps for a token.

    Norms keep their input and their output (in bf16 also both in fp32); attention its queries, keys, values and output;
    the MLP the gate, its activation, the upper projection and their product. An adapter keeps its own low-rank result
    and, where it has to cast or drop, an input of its own for each of its layers. Plain LoRA on all layers is fused
    (see `quicken`): norms keep nothing in fp32, the MLP two of its four, adapters of their inputs at most what dropout
    kept, a byte for each number.
    """
    queries, keys = shape.heads * shape.head, shape.groups * shape.head
    norms = 4 * shape.hidden * size
    attention = (2 * queries + 2 * keys) * size + 4 * shape.heads
    mlp = 2 * shape.inner * shape.active * size
    if _is_fused(section):
        masks = 2 * shape.hidden + queries + shape.inner if section.dropout else 0
        return norms + attention + mlp + len(section.targets) * section.rank * size + masks
    norms += 2 * shape.hidden * ((8 if size == 2 else 0) + (size if section.method == "full" else 0))
    return norms + attention + 2 * mlp + _adapter(shape, section, size)


def _is_fused(section: TrainSection) -> bool:
    whole = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"} <= set(section.targets)
    return whole and section.method in ("lora", "rslora")


def _adapter(shape: Shape, section: TrainSection, size: int) -> int:
    if section.method == "full":
        return 0
    linear = [shape.linear(name) for name in section.targets]
    each = len(linear) * section.rank * size
    if section.dropout:
        each += sum(inputs for inputs, _ in linear) * (size + 1)
    if size == 2:  # adapters are kept in fp32: each casts its input
        each += sum(inputs for inputs, _ in linear) * 4
    if section.method == "dora":  # the gradient of the magnitudes needs the layer's results with and without it
        each += sum(2 * outputs for _, outputs in linear) * 4
    return each


def _work(shape: Shape, section: TrainSection, tokens: int, size: int, sharded: bool) -> int:
    """Return the bytes of the largest tensors that come and go: logits, a layer's gradients, a gathered layer."""
    logits = _CHUNK * shape.vocabulary * (8 + size)
    widest = max(shape.inner * shape.active, shape.hidden, shape.heads * shape.head)
    gradients = tokens * (3 * widest + 2 * shape.hidden) * size
    work = max(logits + 3 * tokens * shape.hidden * size, gradients)
    if section.method == "full":
        work += shape.vocabulary * shape.hidden * 4  # the head's gradient, beside that of the embedding
        work += shape.block_linear * 2 if size == 2 else 0  # autocast's copies of the weights
    if section.method in ("qlora", "dora"):
        work += max(inputs * outputs for inputs, outputs in map(shape.linear, section.targets)) * (size + 8)
    if sharded:  # two layers at a time
        work += 2 * shape.block_linear // shape.layers * size
    return work
