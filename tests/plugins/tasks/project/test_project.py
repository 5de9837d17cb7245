"""The task `project`: what is written passes its tests, functions hold their examples, and paths stay in the folder."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from aigc_plugins.api import Finished, WithheldError
from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from aigc_plugins.tasks.project import target
from aigc_plugins.tasks.project.bodies import read
from aigc_plugins.tasks.project.plan import KINDS, OPERATIONS, Field, Plan, Resource, function_of
from aigc_plugins.tasks.project.render import rendered
from aigc_plugins.tasks.project.task import ProjectTask
from aigc_plugins.tasks.project.trial import run_tests
from task_helpers import FakeJob, place, prompt_text

BOOKS = "A library: books with title, author, year, a published date, tags and whether they are lent."
SLUG = "`slug(text: str) -> str`: makes a slug of a text, e.g. `slug('A b') == 'a-b'`, slug('x') == 'x'."
RIGHT = '    return "-".join(text.lower().split())\n'


def unprotected(files, command, *, seconds):
    """Run a program in a new folder: the tests' own stand-in for the sandbox."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), files)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
        return Finished(done.returncode, done.stdout, done.stderr)


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def model(*bodies, **lines):
    """Return a model that writes these bodies one after the other, and these lines for the other prompts."""
    waiting = list(bodies)

    def answer(request):
        text = prompt_text(request)
        if "Functions without state" in text:
            return waiting.pop(0) if len(waiting) > 1 else (waiting or [""])[0]
        for end, line in {"Package:": "name", "Keeps:": "things", "\ndef": "signature", "('": "examples"}.items():
            if text.rstrip().endswith(end):
                return lines.get(line, "\n")
        return lines.get("fields" if re.search(r"\n\w[\w ]*:$", text.rstrip()) else "examples", "\n")

    return answer


def make(tmp_path, instruction, answers=None, *, runner=lambda job: unprotected, **arguments):
    job = FakeJob(answers or model(), arguments={"instruction": instruction, **arguments}, roots=[tmp_path])
    change = ProjectTask(runner).run(place(""), job)
    return change, {one.path.relative_to(tmp_path.resolve()).as_posix(): one.text for one in change.files}, job


def test_the_frame_is_complete_and_its_tests_pass(tmp_path):
    change, files, _ = make(tmp_path, BOOKS, model(name=" book_shelf\n"))
    assert {"pyproject.toml", "README.md", "src/book_shelf/api.py", "tests/test_books.py"} <= set(files)
    assert re.search(r"Its \d\d tests pass", change.note)
    assert change.confirm
    assert tomllib.loads(files["pyproject.toml"])["project"]["dependencies"] == []
    for name, text in files.items():
        if name.endswith(".py"):
            ast.parse(text)
    assert list(tmp_path.iterdir()) == []  # a task writes nothing


@pytest.mark.parametrize(
    "plan",
    [
        Plan("one", "x", (Resource("thing", tuple(Field(f"{k[:4]}_x".replace("[", ""), k) for k in KINDS)),)),
        Plan("two", "Odd \"text\" \\ 'quotes' <b>", (Resource("box", (Field("class_"), Field("ok", "bool"))),)),
        *(Plan("ops", "x", (Resource("note", (Field("tags", "list[str]"),), OPERATIONS[:n]),)) for n in range(2, 6)),
        Plan("many", "# x", (Resource("a_b", (Field("of", "int"),)), Resource("order", (Field("select"),)))),
        Plan("odd", "x", (Resource("any", (Field("from_", "date"),)), Resource("store", (Field("self"),)))),
    ],
    ids=lambda plan: plan.package,
)
def test_every_frame_passes_its_tests(plan):
    tested = run_tests(unprotected, rendered(plan))
    assert tested.passed, tested.output


def test_a_project_of_functions_alone_has_no_store(tmp_path):
    _, files, _ = make(tmp_path, f"Helpers for writers. {SLUG}", model(RIGHT))
    assert any(name.endswith("functions.py") for name in files)
    assert not any(name.endswith("store.py") for name in files)


def test_a_function_has_its_examples_as_tests_and_a_wrong_body_gets_another_try(tmp_path):
    wrong = "    return text.upper()\n\n\ndef other"
    change, files, job = make(tmp_path, f"{BOOKS} {SLUG}", model(wrong, RIGHT))
    source = next(text for name, text in files.items() if name.endswith("/functions.py"))
    assert 'return "-".join(text.lower().split())' in source
    assert 'functions.slug("A b"), "a-b"' in files["tests/test_functions.py"]
    assert "functions `slug`" in change.note
    bodies = [prompt_text(one) for one in job.asked if "Functions without state" in prompt_text(one)]
    assert "returns 'A B', not 'a-b'" in bodies[1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "garbage ((",
        "    ...\n",
        "    pass\n",
        "    return text.upper()\n",
        "    import os\n    return os.popen('x').read()\n",
        "    return __import__('os').name\n",
        "    return text.__class__.__name__\n",
        "    return open('/etc/passwd').read()\n",
        "    return eval(text)\n",
        "    return missing_name(text)\n",
        "    # ... existing code ...\n    return text\n",
        "    while True:\n        pass\n",
        "    return 1 / 0\n",
        "def another(text: str) -> str:\n    return text\n",
        "    x = 1\n" * 500,
        "x" * 1_000_000,
    ],
    ids=lambda body: body.strip()[:24],
)
def test_a_body_that_does_not_hold_is_left_out_and_said_so(tmp_path, body, monkeypatch):
    monkeypatch.setattr("aigc_plugins.tasks.project.trial._SECONDS_OF_FUNCTION", 0.5)

    def limited(files, command, *, seconds):
        try:
            return unprotected(files, command, seconds=seconds)
        except subprocess.TimeoutExpired:
            return Finished(None, "", "")

    change, files, _ = make(tmp_path, f"{BOOKS} {SLUG}", model(body), runner=lambda job: limited)
    assert not any("functions" in name for name in files)
    assert "`slug` is left out" in change.note
    assert re.search(r"Its \d\d tests pass", change.note)


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        f"```python\n{RIGHT}```",
        f"Here it is:\n```python\ndef slug(text: str) -> str:\n    '''Doc.'''\n{RIGHT}```\nDone.",
        f"def slug(text: str) -> str:\n{RIGHT}",
        f"\n{RIGHT}\n\nprint(slug('a'))\n",
    ],
)
def test_a_body_is_found_in_what_models_write_around_it(answer):
    function = function_of("slug(text: str) -> str", "Makes a slug.")
    assert ast.unparse(ast.parse(read(function, answer).code.strip())) == "return '-'.join(text.lower().split())"


def test_modules_that_a_body_names_are_imported():
    function = function_of("root(x: float) -> float", "The square root.")
    assert read(function, "    return math.sqrt(x)\n").imports == ("import math",)


def test_a_function_without_an_example_is_left_out(tmp_path):
    change, files, _ = make(tmp_path, f"{BOOKS} slug(text: str) -> str makes a slug.", model(RIGHT))
    assert not any("functions" in name for name in files)
    assert "no example" in change.note


def test_a_function_in_words_needs_two_examples_that_agree(tmp_path):
    text = f"{BOOKS} And a function that doubles a number."
    answers = {"signature": " double(number: int) -> int:\n"}
    told = 'double(2)\n    4\n    >>> double(5)\n    10\n    >>> double(7)\n    15\n    """'.removeprefix("double(")
    change, files, _ = make(tmp_path, text, model("    return number * 2\n", examples=told, **answers))
    assert "look at them" in change.note
    assert "double(7)" not in files["tests/test_functions.py"]
    change, files, _ = make(tmp_path, text, model("    return number + 2\n", examples=told, **answers))
    assert "`double` is left out" in change.note


def test_what_the_model_adds_is_read_or_replaced(tmp_path):
    change, files, _ = make(tmp_path, "An expense tracker.", model(fields=" amount: float, day: date, os.system\n"))
    assert "amount, day" in change.note
    change, files, _ = make(tmp_path, "An expense tracker.", model(fields=" import os\n"))
    assert "name, description" in change.note
    assert "src/expenses_api/models.py" in files


@pytest.mark.parametrize("said", [" pet_pet_pet\n", " recipe_box\n", " ../x\n", " cut_off_na", " import os\n", ""])
def test_a_name_of_the_model_that_fits_nothing_is_not_taken(tmp_path, said):
    _, files, _ = make(tmp_path, BOOKS, model(name=said))
    assert "src/books_api/api.py" in files


def test_a_name_of_the_user_is_made_safe(tmp_path):
    _, files, _ = make(tmp_path, BOOKS, name="../../My Books!")
    assert "src/my_books/api.py" in files


@pytest.mark.parametrize("instruction", ["", "   ", "x" * 5000, "Make me something nice.", "!!!"])
def test_a_description_of_nothing_is_refused_with_advice(tmp_path, instruction):
    with pytest.raises(WithheldError, match="author"):
        make(tmp_path, instruction)


def test_a_project_whose_tests_fail_is_not_offered(tmp_path):
    broken = Finished(1, "", "FAIL: test_x (tests.X.test_x)\nAssertionError: 1 != 2\nRan 3 tests in 0.1s\n")
    with pytest.raises(WithheldError, match="1 != 2"):
        make(tmp_path, BOOKS, runner=lambda job: lambda files, command, *, seconds: broken)


def test_without_a_sandbox_nothing_of_the_models_is_run_or_kept(tmp_path):
    def refuses(files, command, *, seconds):
        raise SandboxUnavailableError("There is no sandbox here.")

    change, files, _ = make(tmp_path, f"{BOOKS} {SLUG}", model(RIGHT), runner=lambda job: refuses)
    assert not any("functions" in name for name in files)
    assert "not run: There is no sandbox here." in change.note


def test_a_function_whose_project_tests_fail_is_written_again_then_left_out(tmp_path):
    def runner(files, command, *, seconds):
        done = unprotected(files, command, seconds=seconds)
        if "tests/test_functions.py" in files:
            return Finished(1, "", "FAIL: test_slug (x)\nAssertionError: no\nRan 9 tests in 0.1s\n")
        return done

    change, files, job = make(tmp_path, f"{BOOKS} {SLUG}", model(RIGHT), runner=lambda job: runner)
    assert "tests/test_functions.py" not in files
    assert "left out" in change.note
    assert sum("AssertionError: no" in prompt_text(one) for one in job.asked) == 1


# Where files go


def test_an_empty_root_is_the_folder_and_another_gets_one_inside(tmp_path):
    _, files, _ = make(tmp_path, BOOKS, name="shelf")
    assert "src/shelf/api.py" in files
    (tmp_path / "mine.txt").write_text("x")
    _, files, _ = make(tmp_path, BOOKS, name="shelf")
    assert "shelf/src/shelf/api.py" in files


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(WithheldError, match=r"README\.md already"):
        make(tmp_path, BOOKS, folder=".")


@pytest.mark.parametrize("folder", ["..", "../other", "/", "/tmp", "a/../../b", ".git", ".git/hooks", "link", "link/x"])
def test_no_folder_outside_of_the_root_or_in_git(tmp_path, folder):
    (tmp_path / "root").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "other")
    with pytest.raises(WithheldError):
        make(tmp_path / "root", BOOKS, folder=folder)


@pytest.mark.parametrize(
    "name",
    ["../x.py", "/etc/x", "a/../../x", ".git/hooks/pre-commit", "src/.GIT/config", "a\\..\\x", "C:x", "x\0y", "", ".",
     "a//../b", "src/link/x.py", "con.py", ".bashrc", "a b.py", "ä.py", "src/\u202e.py"],
)  # fmt: skip
def test_no_path_leaves_the_folder(tmp_path, name):
    (tmp_path / "root" / "src").mkdir(parents=True)
    (tmp_path / "root" / "src" / "link").symlink_to(tmp_path)
    with pytest.raises(WithheldError):
        target.placed(tmp_path / "root", {name: "x"})


def test_a_dangling_link_is_not_written_through(tmp_path):
    (tmp_path / "README.md").symlink_to(tmp_path / "nowhere")
    with pytest.raises(WithheldError, match="already"):
        target.placed(tmp_path, {"README.md": "x"})


# The real thing


@pytest.mark.skipif(not any(os.access(p, os.X_OK) for p in ("/usr/bin/unshare", "/bin/sh")), reason="no Linux")
def test_it_runs_in_the_real_sandbox_and_the_api_answers(tmp_path):
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    job = FakeJob(model(RIGHT), arguments={"instruction": f"{BOOKS} {SLUG}", "name": "shelf"}, roots=[tmp_path])
    change = ProjectTask().run(place(""), job)
    assert "tests pass in the sandbox" in change.note
    for one in change.files:
        one.path.parent.mkdir(parents=True, exist_ok=True)
        one.path.write_text(one.text)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    process = subprocess.Popen(
        [sys.executable, "-m", "shelf", "serve", "--port", "0", "--database", str(tmp_path / "db.sqlite3")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env,
    )  # fmt: skip
    try:
        address = process.stdout.readline().split()[1]
        book = {"title": "T", "author": "A", "year": 1999, "published_date": "1999-01-02", "tags": ["x"], "lent": True}
        for _ in range(2):
            sent = urllib.request.Request(f"{address}/books", json.dumps(book).encode(), method="POST")
            with urllib.request.urlopen(sent, timeout=20) as answer:
                assert answer.status == 201
        with urllib.request.urlopen(f"{address}/books?year=1999&_limit=1", timeout=20) as answer:
            assert json.load(answer) == [{"id": 1, **book}]
        sent = urllib.request.Request(f"{address}/functions/slug", b'{"text": "A b"}', method="POST")
        with urllib.request.urlopen(sent, timeout=20) as answer:
            assert json.load(answer) == {"result": "a-b"}
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
