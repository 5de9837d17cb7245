"""The section on the training loop of the page of benchmarks, from the figures of bench/finetune.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Table = Callable[[list[str], list[list[str]]], list[str]]


def section(result: dict[str, Any], table: Table) -> list[str]:
    """Return the lines of the section."""
    rows = [
        [
            title,
            _span(result[name]["useful_tokens_per_second"]),
            _span(result[name]["useful_tokens_per_processor_second"]),
            f"{result[name]['peak_mib']:,}",
            ", ".join(f"{loss:.3f}" for loss in result[name]["last_losses"]),
        ]
        for name, title in (("ours", "aigc-lsp finetune"), ("plain", "transformers Trainer + peft"))
    ]
    samples, mean = result["samples_per_step"], result["mean_tokens_of_a_sample"]
    head = ["", "useful tokens/s", "a second of processor time", "peak memory, MiB", "last losses"]
    return [
        "## The training loop and a plain Trainer script",
        "",
        f"`python bench/finetune.py`: the same model, LoRA, samples and precision (fp32), {samples} samples of",
        f"{mean:.0f} tokens on average in a step, {result['steps']} steps, the first not timed, in turns, in processes",
        "of their own.",
        "Useful tokens are those that are no padding. Median (minimum–maximum).",
        "",
        *table(head, rows),
        "",
        f"Ours / plain: speed {result['speed_ratio']:.2f}, memory {result['memory_ratio']:.2f}.",
    ]


def _span(figure: dict[str, float]) -> str:
    return f"**{figure['median']:,.0f}** ({figure['min']:,.0f}–{figure['max']:,.0f})"
