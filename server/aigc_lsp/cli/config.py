"""`aigc-lsp config`: the settings in force, where they come from, and their schema."""

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

app = typer.Typer(help="Show the settings.", no_args_is_help=True)


@app.command()
def show(json: Json = False) -> None:
    """Print the settings in force in this folder; what is wrong with them goes to standard error."""
    from aigc_lsp.cli import chosen

    values = chosen.settings().model_dump(mode="json")
    if values["engine"]["token"]:
        values["engine"]["token"] = "********"  # noqa: S105 - the mask, not the token
    if json:
        output.say_json(values)
        return
    for section, entries in values.items():
        output.say(f"[{section}]")
        for key, value in entries.items():
            output.say(f"# {key} is not set" if value is None else f"{key} = {_toml(value)}")
        output.say()


@app.command()
def path() -> None:
    """Print where the user's settings file is (or would be)."""
    from aigc_lsp.settings import user_file

    output.say(str(user_file()))


@app.command()
def schema() -> None:
    """Print the JSON schema of the settings."""
    from aigc_lsp.settings.docs import schema as settings_schema

    output.say_json(settings_schema())


def _toml(value: object) -> str:
    import json

    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
