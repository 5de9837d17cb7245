"""What is made of adapters and models afterwards: `aigc-lsp finetune merge | export | extract | prune | distill`."""

from pathlib import Path
from typing import Annotated

import typer

from aigc_lsp.cli import finetune_words
from aigc_lsp.cli.finetune_options import (
    Asked,
    Base,
    Folder,
    Minutes,
    Name,
    Pairs,
    Paths,
    RecipeName,
    Restart,
    Resume,
    Steps,
)
from aigc_lsp.cli.options import Json

Adapter = Annotated[
    str,
    typer.Argument(
        metavar="ADAPTER", help="An adapter: its name, a run's name, or a folder.",
        autocompletion=finetune_words.adapters,
    ),
]  # fmt: skip
Target = Annotated[Path, typer.Argument(metavar="TARGET", help="Where to write; it must not be there yet.")]
BaseOf = Annotated[str, typer.Option("--model", help="The base model.")]
Texts = Annotated[
    Path | None, typer.Option("--run", metavar="FOLDER", help="The run whose corpus is measured and trained on.")
]


def merge(
    adapters: Annotated[
        list[str],
        typer.Argument(
            metavar="ADAPTER[=WEIGHT]…",
            help="Adapters of one base; a weight is 1 by default.",
            autocompletion=finetune_words.adapters,
        ),
    ],
    target: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where to write the new adapter.")],
    model: Base = None,
    method: Annotated[
        str, typer.Option(help="`linear` (a weighted sum), `ties`, `dare_linear` or `dare_ties`.")
    ] = "linear",
    density: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the values that TIES and DARE keep.")] = 0.5,
    rank: Annotated[int | None, typer.Option(min=1, help="Rank of the result; else what loses nothing.")] = None,
    seed: Annotated[int, typer.Option(help="Decides what DARE drops.")] = 1,
    name: Annotated[str, typer.Option(help="The new adapter's name; else the folder's.")] = "",
    json: Json = False,
) -> None:
    """Merge adapters into one: linear, TIES or DARE. A single one with a weight is scaled."""
    from aigc_lsp.cli import finetune_made

    finetune_made.merge(adapters, target, model, method, density, rank, seed, name, json)


def export(
    adapter: Adapter,
    target: Target,
    model: Base = None,
    kind: Annotated[
        str, typer.Option(help="`Q8_0`, `Q4_0`, `Q4_1` or `F16` (a .gguf file); `safetensors` or `nf4` (a folder).")
    ] = "Q8_0",
    scale: Annotated[float, typer.Option(help="Factor on the adapter's change.")] = 1.0,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Do not compare the merged model with the live adapter.")
    ] = False,
    json: Json = False,
) -> None:
    """Write base and adapter as one model, and check that it answers as the live adapter does."""
    from aigc_lsp.cli import finetune_made

    finetune_made.export(adapter, target, model, kind, scale, not no_check, json)


def extract(
    target: Target,
    folder: Folder = None,
    name: Name = None,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 32,
    json: Json = False,
) -> None:
    """Make an adapter of a full fine-tuning: the low-rank change that is nearest to it."""
    from aigc_lsp.cli import finetune_made

    finetune_made.extract(target, folder, name, rank, json)


def prune(
    target: Target,
    model: BaseOf = "default",
    sparsity: Annotated[
        float | None, typer.Option(min=0.01, max=0.99, help="Share of the weights to set to 0, the smallest ones.")
    ] = None,
    layers: Annotated[int | None, typer.Option(min=1, help="Layers to drop, those that change least.")] = None,
    method: Annotated[str, typer.Option(help="How layers are chosen: `angular` or `influence`.")] = "angular",
    run: Texts = None,
    name: Name = None,
    json: Json = False,
) -> None:
    """Make a model smaller: by magnitude (`--sparsity`) or by whole layers (`--layers`); figures before and after."""
    from aigc_lsp.cli import finetune_smaller

    if (sparsity is None) == (layers is None):
        raise typer.BadParameter("give one of --sparsity and --layers")
    finetune_smaller.prune(target, model, sparsity, layers, method, run, name, json)


def distill(
    teacher: Annotated[
        str,
        typer.Option(help="The model to learn from: one with the student's vocabulary; with --url, its name there."),
    ],
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    model: Base = None,
    pairs: Pairs = None,
    minutes: Minutes = None,
    steps: Steps = None,
    share: Annotated[
        float, typer.Option(min=0.01, max=1, help="Of the loss: how much the teacher's probabilities count.")
    ] = 0.5,
    temperature: Annotated[float, typer.Option(min=0.1, help="Of both models in that comparison.")] = 2.0,
    url: Annotated[
        str | None,
        typer.Option(help="An OpenAI-compatible server: pieces of the corpus ARE SENT there, to be continued."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="AIGC_LSP_TEACHER_KEY", help="Its key; rather set AIGC_LSP_TEACHER_KEY.")
    ] = None,
    prompts: Annotated[int, typer.Option(min=1, help="How many pieces are sent.")] = 1000,
    target: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="With --url: the new run, whose corpus it writes.")
    ] = None,
    resume: Resume = False,
    restart: Restart = False,
    json: Json = False,
) -> None:
    """Train a run's model, the student, on a teacher: on its probabilities, or with --url on what it writes."""
    from aigc_lsp.cli import finetune_smaller

    asked = Asked(tuple(paths or ()), recipe, folder, name, model, tuple(pairs or ()), minutes, steps, resume)
    if (url is None) != (target is None):
        raise typer.BadParameter("--url and --to go together")
    if url is not None and target is not None:
        finetune_smaller.ask_teacher(asked, target, url, teacher, key, prompts, json)
    else:
        finetune_smaller.distill(asked, teacher, share, temperature, restart, json)


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the group."""
    for command in (merge, export, extract, prune, distill):
        app.command()(command)
