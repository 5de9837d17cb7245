"""Built-in tasks on the command line, with the embedded model and a real file."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_models import paths
from aigc_models.catalog import load_catalog
from aigc_models.store import ModelMissingError, resolve
from cli_helpers import ALL_BUILTIN, ROOT, distribution

pytestmark = pytest.mark.real_model


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give a fresh home with the model as this user has it; sockets, settings and logs stay in the fresh home."""
    name = load_catalog().default_model.name
    try:
        resolve(name)
    except ModelMissingError as error:
        pytest.fail(f"This test needs the embedded model: run `aigc-lsp models pull {name}`. ({error})")
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(paths.cache_dir())
    (home / "data").symlink_to(paths.data_dir())
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("[engine]\nidle_exit_s = 1\n")
    site = distribution(tmp_path / "site", "aigc-lsp", ALL_BUILTIN)
    path = [str(site), *(str(ROOT / one) for one in ("models", "plugins", "server", "finetune"))]
    return {**os.environ, "AIGC_LSP_HOME": str(home), "PYTHONPATH": os.pathsep.join(path), "NO_COLOR": "1"}


def test_a_docstring_is_written_into_a_real_file_and_nothing_else_changes(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    def statements(text: str, name: str) -> tuple[str, str | None]:
        tree = ast.parse(text)
        (found,) = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == name)
        doc = ast.get_docstring(found)
        if doc is not None:
            del found.body[0]
        return ast.dump(tree), doc

    old = "import math\n\n\ndef distance(a, b):\n    return math.hypot(a[0] - b[0], a[1] - b[1])\n\n\nPOINT = (1, 2)\n"
    path = tmp_path / "points.py"
    path.write_text(old)
    done = subprocess.run(
        [sys.executable, "-m", "aigc_lsp", "docstring", f"{path}:distance", "--write"],
        capture_output=True, text=True, check=False, env=environment, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Wrote {path}" in done.stderr
    before, after = statements(old, "distance"), statements(path.read_text(), "distance")
    assert before[0] == after[0]
    assert before[1] is None
    assert after[1]
