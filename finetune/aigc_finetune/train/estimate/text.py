"""An estimate as lines for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_finetune.train.report.progress import duration, size

if TYPE_CHECKING:
    from aigc_finetune.train.estimate.plan import Estimate

_PARTS = {
    "process": "process",
    "weights": "weights",
    "trained": "trained",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "activations": "activations",
    "work": "work",
}


def lines(found: Estimate) -> list[str]:
    """Return the estimate, a topic a line; memory that does not suffice is said in a line of its own."""
    data, parts = found.data, found.memory
    useful = data.trained / data.tokens if data.tokens else 0.0
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(data.kinds.items(), key=lambda one: -one[1]))
    memory = ", ".join(
        f"{name} {size(getattr(parts, key))}" for key, name in _PARTS.items() if getattr(parts, key) >= 1_000_000
    )
    passes = ", ".join(f"{tokens:,}: {size(total)}" for tokens, total in found.by_micro.items())
    where = f" on each of {found.processes}" if found.processes > 1 else ""
    told = [
        f"Data: {data.samples:,} samples, {data.tokens:,} tokens, {useful:.0%} of them trained, none padding; "
        f"held out: {data.eval_samples:,} samples, {data.eval_tokens:,} tokens",
        *([f"Kinds: {kinds}"] if kinds else []),
        f"Model: {found.model}, {found.parameters:,} parameters, of which {found.method} trains "
        f"{found.trained_parameters:,} ({found.trained_parameters / found.parameters:.2%}), "
        f"computed in {found.precision} on {found.device}",
        f"Memory{where}: about {size(found.memory_bytes)} ({memory}); {size(found.free)} are free",
        f"Memory by tokens of a forward pass: {passes}; chosen {found.micro_tokens:,}",
        f"Disk: up to {size(found.disk_bytes)}",
        _time(found),
    ]
    if not found.fits:
        told.append(
            f"This does not fit: {size(found.memory_bytes)} are needed and {size(found.free)} free. "
            "Choose gradient_checkpointing = true, another method, a smaller model or a shorter context_length."
        )
    return told


def _time(found: Estimate) -> str:
    how = "by steps of this run" if found.measured == "probe" else "by a short benchmark, give or take a half"
    speed = f"at {found.tokens_per_second:,.0f} tokens/s ({how})"
    if found.steps_in_time < found.steps:
        return (
            f"Time: about {found.steps_in_time:,} of {found.steps:,} steps of {found.batch_tokens:,} tokens in the "
            f"{duration(found.seconds)} that the recipe gives, {speed}"
        )
    return f"Time: {found.steps:,} steps of {found.batch_tokens:,} tokens, about {duration(found.seconds)} {speed}"
