"""`aigc-lsp run TASK FILE`, and a command of its own for each built-in task. What they do is in `running`."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from aigc_lsp.cli.options import Json, Model, Runtime

_STDIN = "/dev/stdin"
# Command, task, what it does: known here, so that `--help` needs no plugin. Other tasks go by `run`.
SHORT_FORMS = (
    ("docstring", "docstring", "Write the docstring or doc comment of a function, in the file's own style."),
    ("annotate", "annotate", "Add type annotations to a function."),
    ("fix", "fix", "Mend what the checkers find in a file, or at a place in it."),
    ("explain", "explain", "Explain code."),
    ("edit", "edit", "Change code as `--instruction` says."),
    ("generate", "generate", "Write the code that a comment or a signature announces."),
    ("simplify", "simplify", "Write a function more simply, with the same behaviour."),
    ("modernise", "modernise", "Write a function in today's idioms, with the same behaviour."),
    ("optimise", "optimise", "Write a function so that it runs faster, with the same behaviour."),
    ("translate", "translate", "Translate a function into another programming language."),
    ("rename", "rename", "Rename what is defined at a place, everywhere it is used."),
    ("inline", "inline", "Put a variable's or function's content in the place of its uses."),
    ("extract-function", "extract-function", "Make a function of the selected lines."),
    ("extract-variable", "extract-variable", "Make a variable of the selected expression."),
    ("summarise", "summarise", "Summarise a file, or a diff."),
    ("commit-message", "commit-message", "Write a commit message for what is staged, or for a diff."),
)


class PlaceCommand(TyperCommand):
    """A command whose argument may be `-:SYMBOL`: standard input, which would be read as options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give standard input a name without a dash."""
        return super().parse_args(ctx, [_STDIN + word[1:] if word.startswith("-:") else word for word in args])


def _task_names(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a task in the shell."""
    from aigc_lsp.cli.chosen import disabled_plugins
    from aigc_plugins.api import ActionTask
    from aigc_plugins.manager import load_plugins

    tasks = load_plugins(disabled_plugins()).tasks(ActionTask)  # type: ignore[type-abstract]
    return sorted((one.name, one.title) for one in tasks if one.name.startswith(incomplete))


TaskName = Annotated[
    str,
    typer.Argument(metavar="TASK", help="The task's name; `aigc-lsp tasks` lists them.", autocompletion=_task_names),
]
Where = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE[:PLACE]",
        help="The file, and the place in it: `SYMBOL` (`f`, `Class.method`), `LINE`, `LINE-LINE`, `LINE:COLUMN` (a "
        "cursor) or `LINE:COLUMN-LINE:COLUMN` (a selection); counted from 1. FILE - reads standard input. For "
        "`commit-message` it may be left out: what is staged.",
    ),
]
Instruction = Annotated[str | None, typer.Option(help="What to do, in words, for the tasks that ask.")]
Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="An argument of the task; `--NAME VALUE` does the same. Repeatable."
    ),
]
Write = Annotated[
    bool,
    typer.Option("--write", help="Write the change to the disk. For standard input: print the whole new text instead."),
]
Diff = Annotated[bool, typer.Option("--diff", help="Print the change as a diff; this is the default.")]
ShowPrompt = Annotated[
    bool, typer.Option("--show-prompt", help="Print what the model would be sent first, and ask nothing.")
]
LanguageId = Annotated[
    str | None,
    typer.Option(metavar="ID", help="LSP language id; else the file's name tells it. An argument so named wins."),
]
FileName = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="The file name that standard input stands for. An argument so named wins."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Programs that the workspace brings along may run, such as its checkers.")
]
Timeout = Annotated[
    float | None,
    typer.Option(min=0.1, metavar="SECONDS", help="Longest time, loading the model included; else the settings'."),
]


def run(
    ctx: typer.Context,
    task: TaskName,
    where: Where = None,
    instruction: Instruction = None,
    answers: Answers = None,
    write: Write = False,
    diff: Diff = False,
    json: Json = False,
    show_prompt: ShowPrompt = False,
    language: LanguageId = None,
    name: FileName = None,
    trust: Trust = False,
    model: Model = None,
    runtime: Runtime = None,
    timeout: Timeout = None,
) -> None:
    """Run a task on a file: print the change as a diff, or write it; print what a task has to say."""
    from aigc_lsp.cli import asked, running

    where, given = asked.read_words([*([where] if where is not None else []), *ctx.args], answers or ())
    if diff and (write or json):
        raise typer.BadParameter("--diff excludes --write and --json")
    named = {"instruction": instruction, "name": name, "language": language}
    options = asked.Options(task, where, given, named, write, json, show_prompt, trust, model, runtime, timeout)
    status = running.run(options)
    if status:
        raise typer.Exit(status)


def add_commands(app: typer.Typer) -> None:
    """Add `run` and the short forms to the application."""
    _add(app, "run", run)
    for command, task, text in SHORT_FORMS:
        _add(app, command, short_form(task, text))


def short_form(task: str, text: str) -> Callable[..., None]:
    """Return the command of one task: `run` without its first argument."""

    def command(**values: Any) -> None:
        run(task=task, **values)

    signature = inspect.signature(run)
    kept = [one for name, one in signature.parameters.items() if name != "task"]
    command.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    command.__annotations__ = {name: kind for name, kind in run.__annotations__.items() if name != "task"}
    command.__doc__ = text
    command.__dict__["short_for"] = task
    return command


def _add(app: typer.Typer, name: str, command: Callable[..., None]) -> None:
    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    app.command(name, cls=PlaceCommand, context_settings=settings, rich_help_panel="Tasks")(command)


def is_short_form(command: Any) -> bool:
    """Tell whether a command of the application is the short form of a task."""
    return hasattr(command.callback, "short_for")
