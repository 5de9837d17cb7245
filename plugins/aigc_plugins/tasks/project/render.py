"""Turns a plan into the files of a project. It writes none of them, and asks no model."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from aigc_plugins.tasks.project import code, names, testcode
from aigc_plugins.tasks.project.code import literal
from aigc_plugins.tasks.project.frame import fill
from aigc_plugins.tasks.project.plan import Field, Function, Plan, Resource, sentence
from aigc_plugins.tasks.project.samples import other, sample

_TYPES = {"date": "datetime.date"}
_DEFAULTS = {"bool": " = False", "list[str]": " = dataclasses.field(default_factory=list)"}
_KINDS = {
    "str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date",
    "list[str]": "list of texts",
}  # fmt: skip
_ROUTES = {
    "list": ("GET /{0}", "all of them; `?FIELD=value`, `_limit` and `_offset` choose"),
    "create": ("POST /{0}", "the new one"),
    "get": ("GET /{0}/ID", "one of them"),
    "update": ("PUT /{0}/ID, PATCH /{0}/ID", "it, replaced or changed in part"),
    "delete": ("DELETE /{0}/ID", "nothing; it is deleted"),
}


def rendered(plan: Plan) -> dict[str, str]:
    """Return the texts of a project's files by their paths in its folder."""
    conditions = [name for name, there in (("resources", plan.resources), ("functions", plan.functions)) if there]
    values = _values(plan)
    source = f"src/{plan.package}"
    frame = {
        "pyproject.toml": "pyproject.toml", "README.md": "README.md", ".gitignore": "gitignore",
        f"{source}/__init__.py": "init.py", f"{source}/__main__.py": "main.py", f"{source}/api.py": "api.py",
        f"{source}/values.py": "values.py", "tests/support.py": "support.py", "tests/test_api.py": "test_api.py",
        "tests/test_main.py": "test_main.py",
    }  # fmt: skip
    if plan.resources:
        frame |= {f"{source}/models.py": "models.py", f"{source}/store.py": "store.py"}
    if plan.functions:
        frame |= {f"{source}/functions.py": "functions.py", "tests/test_functions.py": "test_functions.py"}
    files = {path: fill(name, values, conditions) for path, name in frame.items()}
    for one in plan.resources:
        files[f"tests/test_{one.collection}.py"] = fill("test_resource.py", _of_resource(plan, one), conditions)
    files[f"{source}/py.typed"] = ""
    # The first one is what an editor shows.
    return {path: files[path] for path in sorted(files, key=lambda path: (path != "README.md", path))}


def _values(plan: Plan) -> dict[str, str]:
    title = " ".join("API" if part == "api" else part.capitalize() for part in plan.package.split("_"))
    summary = textwrap.shorten(sentence(plan.description.partition(". ")[0]), 90, placeholder=" …")
    values = {
        "package": plan.package,
        "distribution": plan.package.replace("_", "-"),
        "title": title,
        "description": _prose(plan.description),
        "summary_toml": code.toml(summary),
        "summary_python": code.text(summary),
        "package_docstring": f'"""{summary}"""' if summary else f'"""{title}."""',
        "routes": "\n".join(_routes(plan)),
        "cli_examples": "\n".join(_commands(plan)),
    }
    return values | _of_resources(plan) | _of_functions(plan)


def _of_resources(plan: Plan) -> dict[str, str]:
    resources = plan.resources
    dates = any(field.kind == "date" for one in resources for field in one.fields)
    return {
        "models_imports": "import datetime" if dates else "",
        "classes": "\n\n\n".join(map(_class, resources)),
        "class_names": _tuple([one.class_name for one in resources]),
        "collections": literal([one.collection for one in resources]),
        "resource_table": "\n\n".join(map(_described, resources)),
        "first_collection": json.dumps(resources[0].collection) if resources else "",
        "first_sample": literal(sample(resources[0])) if resources else "",
    }


def _of_functions(plan: Plan) -> dict[str, str]:
    functions = plan.functions
    first = functions[0] if functions else None
    rows = (f"| `{one.header.removeprefix('def ').rstrip(':')}` | {one.doc} |" for one in functions)
    return {
        "function_imports": "\n".join(sorted({line for one in functions for line in one.imports})),
        "functions": "\n\n\n".join(map(source_of, functions)),
        "function_names": _tuple([one.name for one in functions]),
        "function_list": literal([one.name for one in functions]),
        "function_tests": "\n".join(map(testcode.function_tests, functions)),
        "function_table": "\n".join(["| function | what it does |", "| --- | --- |", *rows]),
        "first_function": json.dumps(first.name) if first else "",
        "first_arguments": literal(testcode.arguments_of(first, first.examples[0])) if first else "",
        "first_result": literal(_as_json(first.examples[0].result)) if first else "",
    }


def _of_resource(plan: Plan, resource: Resource) -> dict[str, str]:
    return {
        "package": plan.package,
        "plural_words": resource.collection.replace("_", " "),
        "class_name": resource.class_name,
        "sample": literal(sample(resource)),
        "other": literal(other(resource)),
        "api_tests": testcode.resource_tests(resource),
    }


def source_of(function: Function) -> str:
    """Return a function with its docstring and body."""
    lines = [f"    >>> {function.call(one)}\n    {one.result!r}" for one in function.examples]
    examples = "\n\n" + "\n".join(lines) + "\n    " if lines else ""
    raw = "r" if "\\" in function.doc + examples else ""
    return f'{function.header}\n    {raw}"""{function.doc}{examples}"""\n{function.code}'.rstrip()


def _class(resource: Resource) -> str:
    thing = names.with_article(resource.name.replace("_", " "))
    lines = [
        "@dataclasses.dataclass(kw_only=True)",
        f"class {resource.class_name}(Resource):",
        f'    """{thing[0].upper()}{thing[1:]}."""',
        "",
        f'    collection: ClassVar[str] = "{resource.collection}"',
        f"    operations: ClassVar[tuple[str, ...]] = {json.dumps(resource.operations)[1:-1].join('()')}",
        *(f"    {one.name}: {_TYPES.get(one.kind, one.kind)}{_DEFAULTS.get(one.kind, '')}" for one in resource.fields),
    ]
    return "\n".join(lines)


def _described(resource: Resource) -> str:
    rows = [f"| `{one.name}` | {_KINDS[one.kind]}{_optional(one)} |" for one in resource.fields]
    heading = resource.collection.replace("_", " ").capitalize()
    return "\n".join([f"### {heading}", "", "| field | |", "| --- | --- |", *rows])


def _optional(field: Field) -> str:
    return ", may be left out" if field.kind in _DEFAULTS else ""


def _routes(plan: Plan) -> list[str]:
    rows = []
    for one in plan.resources:
        for operation in one.operations:
            request, answer = _ROUTES[operation]
            paths = ", ".join(f"`{part}`" for part in request.format(one.collection).split(", "))
            rows.append(f"| {paths} | {answer} |")
    rows += [f'| `POST /functions/{one.name}` | `{{"result": …}}` |' for one in plan.functions]
    return rows


def _commands(plan: Plan) -> list[str]:
    lines = []
    for one in plan.resources[:1]:
        data = json.dumps(sample(one), ensure_ascii=False)
        database = f"--database {plan.package}.sqlite3"
        lines += [f"python -m {plan.package} add {one.collection} {_quoted(data)} {database}"]
        lines += [f"python -m {plan.package} list {one.collection} {database}"]
    for function in plan.functions[:1]:
        arguments = testcode.arguments_of(function, function.examples[0])
        lines.append(f"python -m {plan.package} call {function.name} {_quoted(json.dumps(arguments))}")
    return lines


def _tuple(parts: list[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _prose(text: str) -> str:
    """Return the user's words as a paragraph of Markdown in which nothing is a heading, a table or HTML."""
    line = " ".join(text.split()).replace("<", "&lt;")
    line = line if line[-1:] in ".!?" else f"{line}."
    return f"\\{line}" if line[:1] in "#>-+*|=" else line


def named(plan: Plan) -> str:
    """Return a name for the project's package, from what it is about."""
    if plan.package:
        return plan.package
    if plan.resources:
        return names.package_name(f"{plan.resources[0].collection}_api")
    return names.package_name(f"{plan.functions[0].name}_api" if plan.functions else "new_project")
