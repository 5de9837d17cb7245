"""The 'may import' table of docs/architecture.md, kept true by reading every module's imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "aigc_models": ROOT / "models/aigc_models",
    "aigc_plugins": ROOT / "plugins/aigc_plugins",
    "aigc_lsp": ROOT / "server/aigc_lsp",
    "aigc_finetune": ROOT / "finetune/aigc_finetune",
}
MAY_IMPORT = {
    "aigc_models": set(),
    "aigc_plugins": {"aigc_models"},
    "aigc_lsp": {"aigc_plugins", "aigc_models", "aigc_finetune"},
    "aigc_finetune": {"aigc_models", "aigc_plugins"},
}
HEAVY = {
    "torch", "transformers", "openvino", "openvino_genai", "tokenizers", "gguf", "numpy", "peft", "starlette",
    "sklearn", "matplotlib",
}  # fmt: skip
# The only places of the command line that may reach the engine, inside the function that needs it.
REACHES_ENGINE = {"server/aigc_lsp/cli/serve.py"}
# What fine-tuning may know of the plugins: syntax trees, and the index's rules of what may be read.
READS_SOURCES = (
    "aigc_plugins.syntax",
    "aigc_plugins.index.ignore",
    "aigc_plugins.index.patterns",
    "aigc_plugins.index.secrets",
)


def _imports(path: Path, *, top_level: bool) -> set[str]:
    """Return the modules that a file imports; with `top_level`, only those imported when it is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(function, ast.If) and "TYPE_CHECKING" in ast.unparse(function.test))
        for node in ast.walk(function)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if top_level and id(node) in inner:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def _modules(package: str) -> list[Path]:
    return sorted(PACKAGES[package].rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_the_table_allows(package: str) -> None:
    forbidden = set(PACKAGES) - MAY_IMPORT[package] - {package}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules(package)
        for name in _imports(path, top_level=False)
        if name.split(".")[0] in forbidden
    }
    assert not wrong


def test_only_the_engine_imports_heavy_packages() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for package in ("aigc_models", "aigc_plugins", "aigc_lsp")
        for path in _modules(package)
        if "engine" not in path.relative_to(PACKAGES[package]).parts[:1]
        for name in _imports(path, top_level=True)
        if name.split(".")[0] in HEAVY
    }
    assert not wrong


def test_nothing_light_imports_the_engine() -> None:
    """Fine-tuning is as heavy as the engine, and takes tokenizers and merging from it."""
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for package in set(PACKAGES) - {"aigc_finetune"}
        for path in _modules(package)
        if "engine" not in path.relative_to(PACKAGES[package]).parts[:1]
        and str(path.relative_to(ROOT)) not in REACHES_ENGINE
        for name in _imports(path, top_level=False)
        if name.startswith("aigc_models.engine")
    }
    assert not wrong


def test_finetune_knows_of_the_plugins_only_what_reads_sources() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules("aigc_finetune")
        for name in _imports(path, top_level=False)
        if name.startswith("aigc_plugins") and not name.startswith(READS_SOURCES)
    }
    assert not wrong


def test_the_server_reaches_finetune_inside_functions_only() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules("aigc_lsp")
        for name in _imports(path, top_level=True)
        if name.startswith("aigc_finetune")
    }
    assert not wrong


def test_only_the_server_knows_lsp_types() -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for package in set(PACKAGES) - {"aigc_lsp"}
        for path in _modules(package)
        if any(name.split(".")[0] in {"pygls", "lsprotocol"} for name in _imports(path, top_level=False))
    }
    assert not wrong


def test_built_in_plugins_are_reached_through_entry_points_only() -> None:
    wrong = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in _modules(package)
        if "builtin" not in path.parts
        and any(name.startswith("aigc_plugins.builtin") for name in _imports(path, top_level=False))
    }
    assert not wrong


@pytest.mark.parametrize(
    "module", ["aigc_models.client", "aigc_models.catalog", "aigc_models.store", "aigc_plugins.manager", "aigc_lsp"]
)
def test_light_modules_load_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
