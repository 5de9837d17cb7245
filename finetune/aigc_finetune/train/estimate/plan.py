"""The estimate of a run whose data is encoded: what `aigc-lsp finetune --dry-run` prints.

Heavy packages are imported inside the functions: the command line imports this module for its types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, TrainSection
from aigc_finetune.train.estimate.memory import (
    Device,
    Memory,
    choose_micro_tokens,
    estimate_memory,
    optimizer_bytes,
    trained_parameters,
)
from aigc_finetune.train.estimate.shapes import Shape, model_shape
from aigc_finetune.train.estimate.text import lines
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_finetune.encode.shards import ShardReader


@dataclass(frozen=True, slots=True)
class Data:
    """What there is to train on. `trained` tokens count in the loss; `kinds` are samples by how they were made."""

    samples: int
    tokens: int
    trained: int
    longest: int
    eval_samples: int
    eval_tokens: int
    kinds: dict[str, int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run takes. Memory and disk in bytes; `seconds` for all `steps`, or as many as the recipe's minutes allow.

    `fits` says whether `memory` is within what is `free` on the device. `by_micro` is the peak for other sizes of a
    forward pass. `measured` says how the speed was found: `probe` (steps of the run itself) or `benchmark`.
    """

    model: str
    parameters: int
    trained_parameters: int
    method: str
    precision: str
    device: Device
    processes: int
    data: Data
    micro_tokens: int
    batch_tokens: int
    memory: Memory
    memory_bytes: int
    free: int
    fits: bool
    by_micro: dict[int, int]
    disk_bytes: int
    steps: int
    steps_in_time: int
    tokens_per_second: float
    seconds: float
    measured: str

    def lines(self) -> list[str]:
        """Return it as lines for a reader."""
        return lines(self)


def estimate(recipe: Recipe, run: RunFolder, *, probe: bool = False, processes: int = 1) -> Estimate:
    """Estimate what training a run's encoded data takes; no weight is loaded unless `probe` is set.

    With `probe` the speed is that of a few real steps (it loads the model); without, it follows from the operations
    that a token takes and a matrix product that is timed for half a second.

    Raises:
        AigcError: there is no encoded data, or the model's shape is not known; the text says what to do.
    """
    import torch

    from aigc_finetune.encode.shards import MANIFEST, ShardReader
    from aigc_finetune.train.memory import free as free_memory
    from aigc_finetune.train.model import choose_precision
    from aigc_finetune.train.packing import StepPlan

    reader = ShardReader(run.data / "train")
    held_out = ShardReader(run.data / "eval") if (run.data / "eval" / MANIFEST).is_file() else None
    data = _data(reader, held_out)
    section, shape = recipe.train, model_shape(recipe.model.name)
    device: Device = "cuda" if torch.cuda.is_available() else "cpu"
    precision, free = choose_precision(section, torch.device(device)), free_memory(torch.device(device))
    rows = _rows(recipe)

    def memory(tokens: int) -> Memory:
        return estimate_memory(
            shape, section, micro_tokens=tokens, precision=precision, device=device, processes=processes,
            sharded=section.parallel == "fsdp" and processes > 1, rows=rows,
        )  # fmt: skip

    micro = section.micro_tokens or _micro(shape, section, precision, data.longest, free, device, processes, rows)
    batch = section.batch_tokens or max(4096, micro * processes)
    plan = StepPlan(reader.lengths, batch, section.seed)
    steps = section.max_steps or plan.steps_of(section.epochs)
    speed, measured = _speed(recipe, run, shape, data, precision, device, processes, probe)
    seconds = _seconds(section, data, steps, speed)
    limit = section.max_minutes * 60
    found = memory(max(micro, data.longest))
    sizes = sorted({max(size, data.longest) for size in (512, 1024, 2048, 4096, 8192, 16384)} | {micro})
    return Estimate(
        recipe.model.name, shape.parameters, trained_parameters(shape, section, rows), section.method, precision,
        device, processes, data, micro, batch, found, found.total, free, found.total <= free,
        {size: memory(size).total for size in sizes}, _disk(shape, section, rows), steps,
        max(1, int(steps * limit / seconds)) if limit and seconds > limit else steps, speed,
        min(seconds, limit) if limit else seconds, measured,
    )  # fmt: skip


def _data(reader: ShardReader, held_out: ShardReader | None) -> Data:
    if not len(reader):
        raise AigcError("The training data is empty: every sample was dropped; look into the corpus report.")
    lengths = reader.lengths
    report: dict[str, Any] = reader.manifest.get("report", {})
    trained = sum(int(entry["trained"]) for entry in reader.manifest["shards"])
    evaluated = held_out.lengths if held_out is not None else lengths[:0]
    return Data(
        len(reader), int(lengths.sum()), trained, int(lengths.max()), len(evaluated), int(evaluated.sum()),
        dict(report.get("kinds", {})),
    )  # fmt: skip


def _rows(recipe: Recipe) -> int:
    """Return how many rows of the embedding an adapter trains: those of the tokens that the recipe names."""
    model = recipe.model
    return len({model.fim_prefix, model.fim_suffix, model.fim_middle, model.file_separator} - {None, ""})


def _micro(
    shape: Shape,
    section: TrainSection,
    precision: str,
    longest: int,
    free: int,
    device: Device,
    processes: int,
    rows: int,
) -> int:
    """Return the size that the loop will choose; the longest sample where nothing fits: the estimate then says so."""
    try:
        return choose_micro_tokens(
            shape, section, precision=precision, longest=longest, free=free, device=device, processes=processes,
            sharded=section.parallel == "fsdp" and processes > 1, loaded=False, rows=rows,
        )  # fmt: skip
    except AigcError:
        return longest


def _speed(
    recipe: Recipe,
    run: RunFolder,
    shape: Shape,
    data: Data,
    precision: str,
    device: Device,
    processes: int,
    probe: bool,
) -> tuple[float, str]:
    """Return tokens per second over all processes, and how that was found."""
    from aigc_finetune.train.estimate.speed import probe_speed, token_operations, usable_rate

    if probe:
        return probe_speed(recipe, run) * processes, "probe"
    operations = token_operations(shape, recipe.train, data.tokens / data.samples)
    return usable_rate(shape, precision, device) / operations * processes, "benchmark"


def _seconds(section: TrainSection, data: Data, steps: int, speed: float) -> float:
    """Return the time of all steps, with the evaluations between them; a forward pass is a third of a step."""
    from aigc_finetune.train.evaluation import MOST

    evaluations = steps // section.eval_steps + 1 if section.eval_steps and data.eval_samples else 0
    evaluated = data.eval_tokens * min(1.0, MOST / max(1, data.eval_samples))
    tokens = data.tokens * section.epochs
    if section.max_steps:
        tokens = steps * min(section.batch_tokens or data.tokens, data.tokens)
    return (tokens + evaluations * evaluated / 3) / speed


def _disk(shape: Shape, section: TrainSection, rows: int) -> int:
    """Return the bytes that a run writes at most: its checkpoints (one is written before an old one goes), its result.

    Full fine-tuning writes the whole model in bf16, an adapter its own weights.
    """
    trained = trained_parameters(shape, section, rows)
    one = int(trained * (4 + optimizer_bytes(section)))
    best = trained * 4 if section.early_stopping else 0
    return one * (section.keep_checkpoints + 1) + best + trained * 2
