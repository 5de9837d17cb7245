"""docs/tasks.md says what the built-in tasks are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_lsp.cli.run import SHORT_FORMS
from aigc_lsp.tasks import docs
from aigc_plugins.api import ActionTask, Argument
from cli_helpers import ALL_BUILTIN, ROOT, distribution


class Demo(ActionTask):
    """A task of no plugin."""

    name, title, languages, verified = "demo", "Demo | it", ("python",), "parses,\n and more"
    arguments = (Argument("how", "How?", ("well", "badly"), default="well"), Argument("what", "What?"))

    def run(self, place, job):
        return []


def test_the_page_is_what_the_built_in_tasks_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # in a process of its own: of this one's languages, other tests depend
    site = distribution(tmp_path, "aigc-lsp", ALL_BUILTIN)
    paths = [str(site), *(str(ROOT / name) for name in ("models", "plugins", "server"))]
    code = f"import sys; sys.path[:0] = {paths!r}; from aigc_lsp.tasks import docs; docs.main([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text = (ROOT / "docs" / "tasks.md").read_text("utf-8")
    written = text.partition(docs.BEGIN)[2].partition(docs.END)[0]
    assert written.strip() == done.stdout.strip(), "run: make docs"


def test_each_built_in_task_has_a_command_of_its_own() -> None:
    table = (ROOT / "docs" / "tasks.md").read_text("utf-8").partition(docs.BEGIN)[2].split("\n\n")[1]
    names = set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))
    others = {"project", "generate-tests"}  # `aigc-lsp project` and `aigc-lsp testgen` do more than run a task
    assert {task for _, task, _ in SHORT_FORMS} == names - others


def test_what_is_written_by_hand_stays() -> None:
    text = f"# Before\n{docs.BEGIN}\nold\n{docs.END}\nafter\n"
    new = docs.page(text, [Demo()])
    assert new.startswith(f"# Before\n{docs.BEGIN}\n\n| task |")
    assert new.endswith(f"{docs.END}\nafter\n")
    assert "old" not in new
    assert docs.page(new, [Demo()]) == new
    with pytest.raises(ValueError, match="no lines"):
        docs.page("# Nothing\n", [])


def test_a_task_is_a_row_with_its_checks_languages_and_questions() -> None:
    rows = docs.tables([Demo()])
    assert r"| `demo` | Demo \| it | parses, and more | no | at once | `refactor.rewrite.aigc` |" in rows
    assert "| task | Python | others |\n| --- | --- | --- |\n| `demo` | ✓ |  |" in rows
    assert "| `demo` | How? | `--how HOW`: `well`, `badly`; else `well` |" in rows
    assert "| `demo` | What? | `--what WHAT` |" in rows
