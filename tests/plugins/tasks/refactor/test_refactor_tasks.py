"""The refactoring tasks as a host runs them: where they apply, names, other files, and what they never run."""

from __future__ import annotations

import json
import time

import pytest

from aigc_models.types import AigcError
from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.refactor import apart, names
from aigc_plugins.tasks.refactor.apart import Lines
from aigc_plugins.tasks.refactor.extract import ExtractFunctionTask, ExtractVariableTask
from aigc_plugins.tasks.refactor.inline_task import InlineTask
from aigc_plugins.tasks.refactor.rename_task import RenameTask
from task_helpers import FakeJob, applied, place, prompt_text

CODE = """class Report:
    def total(self, items, tax=1):
        result = 0
        for one in items:
            result += one.price * tax
        return result


def used(report):
    return report
"""


def away(request):
    raise AigcError("no model")


def run(task, there, answers=away, **options):
    return applied(there, task.run(there, FakeJob(answers, **options)))


# Where they apply


@pytest.mark.parametrize(
    ("task", "at", "title"),
    [
        (ExtractVariableTask, "one.price * tax", True),
        (ExtractVariableTask, "one.price *", False),
        (ExtractVariableTask, "|one.price", False),
        (ExtractVariableTask, "result = 0", False),
        (ExtractFunctionTask, "        for one in items:\n            result += one.price * tax\n", True),
        (ExtractFunctionTask, "one.price * tax", True),
        (ExtractFunctionTask, "result = 0\n        for one", False),
        (ExtractFunctionTask, "class Report:", False),
        (InlineTask, "|result = 0", "Inline `result`"),
        (InlineTask, "|for one", False),
        (RenameTask, "|result = 0", "Rename `result` …"),
        (RenameTask, "def us|ed", "Rename `used` …"),
        (RenameTask, "used|(report", "Rename `used` …"),
        (RenameTask, "return| result", False),
    ],
)  # fmt: skip
def test_they_apply_to_what_is_at_the_cursor_or_selected(task, at, title):
    assert bool(task().applies(place(CODE, at=at))) is bool(title)
    if isinstance(title, str):
        assert task().applies(place(CODE, at=at)) == title


def test_listing_is_quick_in_a_long_file():
    text = CODE * 300
    there = place(text, at="one.price * tax")
    tasks = [ExtractVariableTask(), ExtractFunctionTask(), InlineTask(), RenameTask()]
    assert there.snapshot.tree.root.child_count  # parsed
    began = time.perf_counter()
    for _ in range(10):
        for task in tasks:
            task.applies(there)
    assert time.perf_counter() - began < 2  # 50 ms each; it takes well below one


# Names


def test_the_model_names_what_is_extracted():
    there = place(CODE, at="one.price * tax")
    job = FakeJob("lineAmount` is a good name", language="python")
    assert "            line_amount = one.price * tax\n            result += line_amount\n" in applied(
        there, ExtractVariableTask().run(there, job)
    )
    assert "one.price * tax" in prompt_text(job.asked[0])


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "result`",
        "class`",
        "print`",
        "1`",
        "a" * 100,
        "a_a_a_a`",
        "… existing code …",
        "é`",
        "amount of it`",
        "amount\u202e`",
        "amount é`",
    ],
)
def test_a_name_that_cannot_be_given_is_replaced_by_one_from_the_code(answer):
    assert "            product = one.price * tax\n" in run(
        ExtractVariableTask(), place(CODE, at="one.price * tax"), answer
    )


def test_without_a_model_a_function_is_called_after_the_one_around():
    new = run(ExtractFunctionTask(), place(CODE, at="one.price * tax"))
    assert "self._total_part(one, tax)" in new


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("os.path.join(folder, 'x')", "python", "join"),
        ("len(items)", "python", "value"),
        ("get_user_name(one)", "python", "user_name_result"),
        ("self.first_name", "python", "first_name"),
        ("a.userName", "go", "userName"),
        ("values[0]", "javascript", "valuesItem"),
        ("a < b", "python", "condition"),
        ("a * b", "python", "product"),
        ("'a' + b", "python", "text"),
        ("'a'", "python", "text"),
        ("12", "python", "number"),
        ("[1]", "python", "value"),
    ],
)
def test_values_get_names_from_what_computes_them(code, language, name):
    assert names.numbered(names.for_value(code, language), language, set()) == name


def test_a_name_that_is_taken_gets_a_number():
    assert names.numbered(["total"], "python", {"total", "total_2"}) == "total_3"
    assert names.numbered(["total"], "go", {"total"}) == "total2"


# Files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "mod.py").write_text("old text on the disk\n")
    (tmp_path / "pkg" / "user.py").write_bytes(b"from pkg.mod import used\r\n\r\nprint(used(1))\r\n")
    (tmp_path / ".gitignore").write_text("built/\n")
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "copy.py").write_text("from pkg.mod import used\n")
    return tmp_path


def there_in(folder, at, code=CODE):
    return place(code, at=at, uri=(folder / "pkg" / "mod.py").as_uri())


def test_a_function_is_renamed_in_the_files_that_know_it(folder):
    there = there_in(folder, "def |used")
    change = RenameTask().run(there, FakeJob(away, roots=[folder], arguments={"name": "spent"}))
    assert applied(there, change) == CODE.replace("used", "spent")
    [other] = change.files
    assert other.path == (folder / "pkg" / "user.py").resolve()
    assert other.before == "from pkg.mod import used\r\n\r\nprint(used(1))\r\n"
    new = other.before
    for edit in sorted(other.edits, key=lambda edit: edit.start, reverse=True):
        new = new[: edit.start] + edit.text + new[edit.end :]
    assert new.replace("\r\n", "\n") == "from pkg.mod import spent\n\nprint(spent(1))\n"
    assert change.confirm
    assert (folder / "pkg" / "mod.py").read_text() == "old text on the disk\n"


def test_the_model_suggests_a_new_name(folder):
    new = run(RenameTask(), there_in(folder, "|result = 0"), "amount`", roots=[folder])
    assert new == CODE.replace("result", "amount")
    with pytest.raises(WithheldError, match="no better name"):
        run(RenameTask(), there_in(folder, "|result = 0"), roots=[folder])


def test_a_name_that_others_know_is_left_alone_without_a_workspace():
    with pytest.raises(WithheldError, match="no workspace"):
        run(RenameTask(), place(CODE, at="def |used"), arguments={"name": "spent"})


def test_a_function_that_another_file_uses_is_not_inlined(folder):
    text = "def used(a):\n    return a + 1\n\n\nprint(used(1))\n"
    with pytest.raises(WithheldError, match=r"user\.py"):
        run(InlineTask(), there_in(folder, "def |used", text), roots=[folder])
    (folder / "pkg" / "user.py").unlink()
    assert run(InlineTask(), there_in(folder, "def |used", text), roots=[folder]) == "print(1 + 1)\n"


def test_a_method_gets_no_name_that_another_file_has(folder):
    (folder / "pkg" / "user.py").write_text("class B(Report):\n    _total_part = 1\n")
    assert "_extracted_part" in run(ExtractFunctionTask(), there_in(folder, "one.price * tax"), roots=[folder])


def test_line_ends_are_kept():
    text = CODE.replace("\n", "\r\n")
    there = place(text, at="one.price * tax")
    edits = ExtractVariableTask().run(there, FakeJob(away)).edits
    assert all(text[edit.start : edit.end].count("\n") == text[edit.start : edit.end].count("\r\n") for edit in edits)
    assert applied(there, edits).replace("\r\n", "\n") == CODE.replace(
        "            result += one.price * tax", "            product = one.price * tax\n            result += product"
    )
    lines = Lines("a\r\nb\r\n")
    assert [lines.back(lines.to(at)) for at in (0, 1, 3, 4, 6)] == [0, 1, 3, 4, 6]


# What is never done


def test_nothing_of_a_workspace_is_run(folder, monkeypatch):
    canary = folder / "canary"
    evil = f"open({str(canary)!r}, 'w').write('run')\n"
    for path in (".ropeproject/config.py", "conftest.py", "evil.py", "sitecustomize.py", "rope/__init__.py", "json.py"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(evil)
    (folder / "pyproject.toml").write_text(
        "[tool.rope]\ntype_hinting_factory = 'evil.f'\nextension_modules = ['evil']\n"
    )
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    code = f"import evil\nfrom evil import thing\n{evil}{CODE}"
    for task, at, name in (
        (RenameTask(), "def |used", "spent"),
        (RenameTask(), "|result = 0", "amount"),
        (ExtractFunctionTask(), "one.price * tax", ""),
        (ExtractVariableTask(), "one.price * tax", ""),
    ):
        assert run(task, there_in(folder, at, code), roots=[folder], arguments={"name": name}) != code
    assert not canary.exists()


@pytest.mark.parametrize(
    "text",
    ["def f(:\n    x = one\n", "def f():\n    x = " + "(" * 3000 + "one" + ")" * 3000 + "\n", "x = '\ud800'; one\n"],
)
def test_text_that_is_no_python_is_refused(text):
    with pytest.raises(WithheldError):
        run(RenameTask(), place(text, at="|one"), arguments={"name": "two"})


def test_a_process_that_ends_badly_is_told(monkeypatch):
    monkeypatch.setattr(apart, "_START", "import sys; sys.exit(3)  # {}")
    with pytest.raises(WithheldError, match="status 3"):
        run(InlineTask(), place(CODE, at="|result = 0"))


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(WithheldError, match="too large"):
        run(InlineTask(), place(CODE + "#" * apart.LARGEST, at="|result = 0"))


def test_paths_out_of_the_folder_are_refused():
    from aigc_plugins.tasks.refactor.python.worker import Request, work

    request = Request("rename", "../a.py", {"../a.py": "x = 1\n"}, 0, 0, "y", True)
    assert "outside" in work(request)["refused"]
    assert json.loads(json.dumps(work(request)))


def test_a_file_with_a_byte_order_mark_is_refused_by_that_name():
    with pytest.raises(WithheldError, match="byte order mark"):
        run(RenameTask(), place("\ufeff" + CODE, at="result| = 0"), arguments={"name": "amount"})
