"""A recipe: everything that decides a fine-tuning run, read from TOML. The same recipe and sources give the same run.

It imports nothing heavy: the command line checks a recipe before it loads torch.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aigc_models.types import AigcError

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
Seed = Annotated[int, Field(ge=0, lt=1 << 32)]


class RecipeError(AigcError):
    """A recipe that cannot be used; the text names the file, the key and the rule."""


class Section(BaseModel):
    """A table of a recipe: unknown keys are errors, so that a misspelt one is not silently the default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelSection(Section):
    """The base model. `name` is what `aigc-lsp models` knows, or a path to a GGUF file or a safetensors folder."""

    name: str = "default"
    # Adapter to go on from: a folder or the name of a registered one.
    adapter: str | None = None
    # The FIM tokens, where the family has none: existing unused tokens of the vocabulary, or new ones that are trained.
    fim_prefix: str | None = None
    fim_suffix: str | None = None
    fim_middle: str | None = None
    file_separator: str | None = None


class CollectSection(Section):
    """What is collected. A source is a folder, `git:PATH@REVISION`, `pypi:NAME==VERSION` or `stdlib`."""

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # LSP ids; empty: every language with a grammar
    include: tuple[str, ...] = ()  # gitignore-style patterns; empty: everything
    exclude: tuple[str, ...] = ()
    max_bytes: Annotated[int, Field(ge=1)] = 1 << 20
    max_line: Annotated[int, Field(ge=1)] = 1000  # characters; longer lines are a sign of data or minified code
    generated: bool = False  # keep generated, vendored and minified files
    licences: tuple[str, ...] = ()  # SPDX ids that are allowed; empty: all (one's own code)
    split: Literal["time", "file", "none"] = "file"  # time: needs git history, falls back to file and says so
    eval_fraction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.2
    seed: Seed = 1


class CleanSection(Section):
    """What is changed or dropped."""

    newlines: bool = True  # CRLF and CR become LF
    comments: bool = False  # True removes them
    docstrings: bool = False
    blank_lines: bool = False
    deduplicate: bool = True  # exact duplicates
    near_duplicates: Rate = 0.85  # Jaccard threshold of MinHash-LSH over token 5-grams; 0 switches it off
    redact: bool = True  # secrets and personal data


class AugmentSection(Section):
    """Fill-in-the-middle and other augmentation. Rates are probabilities for each sample."""

    fim: Rate = 0.5  # of the samples; the rest is plain text, left to right
    spm: Rate = 0.5  # of the FIM samples; the others are PSM
    # Kinds of middles, as relative weights.
    node: Annotated[float, Field(ge=0)] = 0.35  # a whole syntax node
    line: Annotated[float, Field(ge=0)] = 0.45  # from a place in a line, or its indentation, to the end of the line
    span: Annotated[float, Field(ge=0)] = 0.2  # random characters
    max_middle: Annotated[int, Field(ge=1)] = 400  # characters
    context: Annotated[int, Field(ge=16)] = 1600  # characters of prefix and suffix together, FIM samples
    per_file: Annotated[float, Field(gt=0)] = 1.0  # FIM samples for each `context` characters of a file
    rename: Rate = 0.0  # consistent renaming of locals
    reorder: Rate = 0.0  # order of independent definitions
    forms: Rate = 0.0  # equivalent statement forms
    noise: Rate = 0.0  # random insertion, deletion, replacement in the context, never in the middle
    files: Rate = 0.0  # of the FIM samples: pieces of other files stand before the prefix, as an editor sends them
    middle_only: bool = False  # True: only the middle's tokens count in the loss
    seed: Seed = 1


class EncodeSection(Section):
    """How samples become shards."""

    context_length: Annotated[int, Field(ge=32)] = 512  # tokens of a sample at most
    repository: bool = True  # plain samples join files of one source, with file separators
    shard_tokens: Annotated[int, Field(ge=1024)] = 4_000_000


class TrainSection(Section):
    """The loop. Steps are optimizer steps; a batch counts tokens, because rows are packed."""

    method: Literal["lora", "dora", "rslora", "qlora", "full"] = "lora"
    rank: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[float, Field(gt=0)] = 32.0
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    batch_tokens: Annotated[int, Field(ge=0)] = 4096  # tokens of one optimizer step over all processes; 0: automatic
    micro_tokens: Annotated[int, Field(ge=0)] = 0  # tokens of one forward pass; 0: by the memory that is free
    epochs: Annotated[float, Field(gt=0)] = 1.0
    max_steps: Annotated[int, Field(ge=0)] = 0  # 0: as the epochs say
    max_minutes: Annotated[float, Field(ge=0)] = 0.0  # 0: no limit; the schedule then follows time
    learning_rate: Annotated[float, Field(gt=0)] = 2e-4
    schedule: Literal["cosine", "wsd", "constant"] = "cosine"
    warmup: Rate = 0.03
    decay: Rate = 0.2  # of the steps, for wsd
    optimizer: Literal["adamw", "adamw8bit", "paged_adamw8bit"] = "adamw"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    l1: Annotated[float, Field(ge=0)] = 0.0  # on adapter weights
    max_grad_norm: Annotated[float, Field(ge=0)] = 1.0
    neftune: Annotated[float, Field(ge=0)] = 0.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    gradient_checkpointing: bool = False
    length_grouping: bool = True
    # In several processes (torchrun): each has the whole model (data), or weights are split among them (fsdp).
    parallel: Literal["data", "fsdp"] = "data"
    eval_steps: Annotated[int, Field(ge=0)] = 50
    early_stopping: Annotated[int, Field(ge=0)] = 0  # evaluations without a better loss; 0: off
    checkpoint_steps: Annotated[int, Field(ge=1)] = 50
    keep_checkpoints: Annotated[int, Field(ge=1)] = 2
    seed: Seed = 1


class EvaluateSection(Section):
    """How base and adapter are compared."""

    cases: Annotated[int, Field(ge=0)] = 200
    spans: tuple[str, ...] = ("line",)
    bootstrap: Annotated[int, Field(ge=0)] = 10_000
    forgetting: float = 0.01  # an adapter that loses more than this on the general set is refused
    general: Annotated[int, Field(ge=0)] = 100  # cases of the general set; 0: no check for forgetting
    seed: Seed = 1


class Recipe(Section):
    """A whole recipe; every table may be left out."""

    name: str = "adapter"
    description: str = ""
    model: ModelSection = ModelSection()
    collect: CollectSection = CollectSection()
    clean: CleanSection = CleanSection()
    augment: AugmentSection = AugmentSection()
    encode: EncodeSection = EncodeSection()
    train: TrainSection = TrainSection()
    evaluate: EvaluateSection = EvaluateSection()

    @model_validator(mode="after")
    def _check(self) -> Recipe:
        if not self.augment.node + self.augment.line + self.augment.span and self.augment.fim:
            raise ValueError("augment: one of node, line and span must be above 0, or fim be 0")
        markers = (self.model.fim_prefix, self.model.fim_suffix, self.model.fim_middle)
        if any(markers) and not all(markers):
            raise ValueError("model: fim_prefix, fim_suffix and fim_middle go together")
        return self

    def digest(self, *sections: str) -> str:
        """Return a SHA-256 over the named sections (all of them where none is named), for stamps on what they made."""
        data = self.model_dump_json(include=set(sections) or None)
        return hashlib.sha256(data.encode()).hexdigest()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: it cannot be read, is no TOML, or has a wrong key or value; the text names each one.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path} cannot be read as a recipe: {error}") from error
    return parse_recipe(data, str(path))


def parse_recipe(data: object, origin: str = "the recipe") -> Recipe:
    """Check a recipe that was read already; raises RecipeError, with `origin` in the text."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'recipe'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise RecipeError(f"{origin}: {faults}") from None
