"""A plain script with transformers' Trainer and peft on the same shards; prints JSON. Run by finetune.py."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.recipe import load_recipe
from aigc_models.store import resolve


class Samples(torch.utils.data.Dataset):
    """The same samples as ours."""

    def __init__(self, folder: Path) -> None:
        self._reader = ShardReader(folder)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._reader)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one sample with -100 where a token is no target."""
        tokens, trained = self._reader.sample(index)
        labels = [int(token) if used else -100 for token, used in zip(tokens, trained, strict=True)]
        return {"input_ids": tokens.tolist(), "labels": labels}


class Clock(TrainerCallback):
    """Note each step's end and the tokens, without padding, until then."""

    def __init__(self) -> None:
        self.batches: list[int] = []  # tokens of each one; they are drawn ahead of their steps
        self.marks: list[float] = []
        self.processor: list[float] = []
        self.losses: list[float] = []

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Note a step."""
        self.marks.append(time.perf_counter())
        self.processor.append(time.process_time())

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **more: Any) -> None:
        """Keep the losses."""
        if logs and "loss" in logs:
            self.losses.append(logs["loss"])


def main() -> None:
    """Train and print useful tokens per second, peak memory and the losses."""
    recipe, run, samples = load_recipe(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])
    section = recipe.train
    ref = resolve(recipe.model.name)
    model = AutoModelForCausalLM.from_pretrained(ref.path.parent, gguf_file=ref.path.name, dtype=torch.float32)
    model.is_quantized = False  # the weights were made fp32 while loading, which Trainer does not see
    config = LoraConfig(
        r=section.rank, lora_alpha=section.alpha, target_modules=list(section.targets), task_type="CAUSAL_LM"
    )
    clock = Clock()

    def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(row["input_ids"]) for row in rows)
        clock.batches.append(sum(len(row["input_ids"]) for row in rows))

        def padded(values: list[int], fill: int) -> list[int]:
            return values + [fill] * (longest - len(values))

        return {
            "input_ids": torch.tensor([padded(row["input_ids"], 0) for row in rows]),
            "labels": torch.tensor([padded(row["labels"], -100) for row in rows]),
            "attention_mask": torch.tensor([padded([1] * len(row["input_ids"]), 0) for row in rows]),
        }

    arguments = TrainingArguments(
        output_dir=str(run / "plain"), per_device_train_batch_size=samples, max_steps=section.max_steps,
        learning_rate=section.learning_rate, logging_steps=1, save_strategy="no", report_to=[], seed=section.seed,
        use_cpu=True, disable_tqdm=True, dataloader_pin_memory=False,
    )  # fmt: skip
    Trainer(
        get_peft_model(model, config), arguments, data_collator=collate, train_dataset=Samples(run / "data" / "train"),
        callbacks=[clock],
    ).train()  # fmt: skip
    began, ended = clock.marks[0], clock.marks[-1]
    useful = sum(clock.batches[1 : len(clock.marks)])
    figures = {
        "useful_tokens": useful,
        "seconds": ended - began,
        "tokens_per_second": useful / (ended - began),
        "processor_seconds": clock.processor[-1] - clock.processor[0],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "losses": clock.losses,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
