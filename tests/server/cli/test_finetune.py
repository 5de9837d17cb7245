"""`aigc-lsp finetune`: what a command line means, what is refused and how; no model is loaded here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, load_recipe, parse_recipe
from aigc_finetune.recipe_text import save_recipe
from aigc_lsp.cli.finetune_options import Asked, changed, plan
from aigc_models.types import AigcError
from cli_helpers import Done

Run = Callable[..., Done]


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


@pytest.fixture
def project(home: Path) -> Path:
    folder = Path.cwd() / "shop"
    folder.mkdir()
    (folder / "prices.py").write_text("def price(count):\n    return 3 * count\n")
    return folder


def _run(home: Path, name: str, recipe: Recipe | None = None) -> RunFolder:
    run = RunFolder(home / "data" / "finetune" / name)
    save_recipe(run.recipe, recipe or Recipe(name=name))
    return run


def test_a_path_is_short_for_run(aigc: Run, home: Path) -> None:
    short, long = aigc("finetune", "nowhere"), aigc("finetune", "run", "nowhere")
    assert (short.status, short.err) == (2, long.err)
    assert "there is no nowhere" in _flat(short.err)
    assert "no recipe" in aigc("finetune", "--recipe", "nothing", ".").err  # an option may stand first


def test_a_stage_is_no_path(aigc: Run, home: Path) -> None:
    (Path.cwd() / "curve").mkdir()
    assert "Which run?" in aigc("finetune", "curve").err


def test_help_is_help(aigc: Run, home: Path) -> None:
    for words in (("finetune",), ("finetune", "--help"), ("finetune", "-h")):
        done = aigc(*words)
        assert "recipes" in done.out + done.err
        assert "Traceback" not in done.err


def test_missing_packages_are_named_with_what_installs_them(
    aigc: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name, *more: None if name == "peft" else found(name, *more))
    done = aigc("finetune", "shop")
    assert done.status == 1
    assert "Fine-tuning needs peft" in done.err
    assert 'pip install "aigc-lsp[finetune]"' in done.err


def test_a_missing_model_is_status_3(aigc: Run, project: Path) -> None:
    done = aigc("finetune", "shop", "--yes")
    assert done.status == 3, done.err
    assert "models pull" in done.err


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--set", "train.rnk=8"), "did you mean train.rank"),
        (("--set", "train.rank"), "it is KEY=JSON"),
        (("--set", "train.rank=0"), "train.rank: Input should be greater than or equal to 1"),
        (("--set", "train.method=magic"), "train.method"),
        (("--set", "train.learning_rate=Infinity"), "train.learning_rate: Input should be a finite number"),
        (("--set", "evaluate.forgetting=NaN"), "evaluate.forgetting: Input should be a finite number"),
        (("--minutes", "nan"), "--minutes"),
        (("--recipe", "laptop"), "Did you mean laptop-cpu"),
        (("--recipe", "mine.toml"), "cannot be read as a recipe"),
        (("--resume",), "holds no run to resume"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(aigc: Run, project: Path, words: tuple[str, ...], fault: str) -> None:
    done = aigc("finetune", "shop", *words)
    assert done.status in (1, 2)
    assert fault in _flat(done.err)
    assert "Traceback" not in done.err
    assert not (Path.cwd().parent / "home" / "data" / "finetune").exists()


def test_a_recipe_file_with_a_wrong_key_names_it(aigc: Run, project: Path) -> None:
    Path("mine.toml").write_text("[train]\nlearning_speed = 1\n")
    done = aigc("finetune", "shop", "--recipe", "mine.toml")
    assert done.status == 1
    assert "mine.toml: train.learning_speed" in done.err


def test_the_run_has_the_folders_name_and_its_whole_path(project: Path, home: Path) -> None:
    found = plan(Asked(paths=("shop",), minutes=3, steps=7, pairs=("train.rank=4", "collect.split=file")))
    assert found.run.root == home / "data" / "finetune" / "shop"
    recipe = found.recipe
    assert (recipe.name, recipe.collect.sources) == ("shop", (str(project),))
    assert (recipe.train.max_minutes, recipe.train.max_steps, recipe.train.rank) == (3, 7, 4)
    assert recipe.collect.split == "file"


@pytest.mark.parametrize("name", ["default", "none", "Auto"])
def test_a_name_that_no_adapter_can_have_is_refused_before_the_work(aigc: Run, home: Path, name: str) -> None:
    folder = Path.cwd() / name
    folder.mkdir()
    (folder / "prices.py").write_text("def price(count):\n    return 3 * count\n")
    done = aigc("finetune", name)
    assert done.status == 1
    assert "--name" in done.err
    assert not (home / "data").exists()
    assert plan(Asked(paths=(name,), name="mine")).recipe.name == "mine"


@pytest.mark.parametrize(("folder", "name"), [("_private", "private"), ("x" * 80, "x" * 64), ("код", "adapter")])
def test_a_folders_name_becomes_one_that_an_adapter_can_have(home: Path, folder: str, name: str) -> None:
    Path(folder).mkdir()
    assert plan(Asked(paths=(folder,))).recipe.name == name


def test_a_folder_of_something_else_becomes_no_run(aigc: Run, project: Path, home: Path) -> None:
    before = sorted(project.iterdir())
    for folder, fault in (("shop", "holds other files"), ("shop/prices.py", "cannot be a run's folder")):
        done = aigc("finetune", "collect", "shop", "--run", folder)
        assert done.status == 1
        assert fault in done.err
    assert sorted(project.iterdir()) == before


def test_evaluating_what_was_not_trained_says_so(aigc: Run, project: Path, home: Path) -> None:
    assert aigc("finetune", "collect", "shop").status == 0
    done = aigc("finetune", "evaluate")
    assert done.status == 1
    assert "holds no adapter yet" in done.err


def test_json_has_no_numbers_that_json_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    from aigc_lsp.cli import output

    output.say_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": (1,)})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {"a": None, "b": [None, 1.5], "c": [1]}


def test_a_full_disk_names_the_run_and_what_to_do(
    aigc: Run, project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from aigc_finetune.collect.stage import Stage

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Stage, "take", full)
    done = aigc("finetune", "collect", "shop", "--json")
    assert (done.status, done.out) == (1, "")
    assert f"The disk that holds {home / 'data' / 'finetune' / 'shop'} is full" in done.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("finetune s", ["sweep", "shop/", "stdlib"]),
        ("finetune collect shop/p", ["shop/prices.py"]),
        ("finetune shop --recipe lap", ["laptop-cpu"]),
        ("finetune recipes gpu-2", ["gpu-24gb"]),
        ("finetune curve --name o", ["one"]),
        ("finetune export o", ["one"]),
    ],
)
def test_a_shell_completes(
    project: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str,
    found: list[str],
) -> None:  # fmt: skip
    from aigc_lsp.cli import app

    _run(home, "one")
    monkeypatch.setenv("COMP_WORDS", f"aigc-lsp {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    monkeypatch.setenv("_AIGC_LSP_COMPLETE", "complete_bash")
    app.run([])
    assert capsys.readouterr().out.split() == found


def test_an_empty_path_is_not_the_folder_that_one_is_in(aigc: Run, home: Path) -> None:
    done = aigc("finetune", "collect", "")
    assert done.status == 2
    assert "a path is empty" in _flat(done.err)


def test_a_run_is_readable_for_its_owner_alone(aigc: Run, project: Path, home: Path) -> None:
    (home / "data" / "finetune").mkdir(mode=0o755, parents=True)
    Path("theirs").mkdir(mode=0o755)
    assert aigc("finetune", "collect", "shop").status == 0
    assert aigc("finetune", "collect", "shop", "--run", "theirs").status == 0
    own = home / "data" / "finetune"
    private = (own, own / "shop", own / "shop" / "corpus", Path("theirs") / "corpus")
    assert [oct(path.stat().st_mode & 0o777) for path in private] == ["0o700"] * 4


def test_a_home_folder_is_meant_by_a_tilde(
    aigc: Run, project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(project.parent))
    assert aigc("finetune", "collect", "~/shop", "--run", "~/run").status == 0
    assert (project.parent / "run" / "corpus").is_dir()


@pytest.mark.parametrize(
    ("source", "name"),
    [("pypi:inspect-swe==0.2.72", "inspect-swe"), ("stdlib", "stdlib"), ("git:shop@main", "shop"), (".", "work")],
)
def test_other_sources_have_names_too(project: Path, home: Path, source: str, name: str) -> None:
    assert plan(Asked(paths=(source,))).run.root.name == name


def test_a_git_source_is_kept_by_its_whole_path(project: Path) -> None:
    assert plan(Asked(paths=("git:shop@v1",))).recipe.collect.sources == (f"git:{project}@v1",)


def test_a_recipe_with_sources_needs_no_path(project: Path, home: Path) -> None:
    Path("team.toml").write_text('name = "team"\n[collect]\nsources = ["shop"]\n[train]\nrank = 2\n')
    found = plan(Asked(recipe="./team.toml"))
    assert found.run.root == home / "data" / "finetune" / "team"
    assert (found.recipe.collect.sources, found.recipe.train.rank) == ((str(project),), 2)


def test_a_run_goes_on_by_its_own_recipe(project: Path, home: Path) -> None:
    run = _run(
        home, "shop", parse_recipe({"name": "shop", "collect": {"sources": [str(project)]}, "train": {"rank": 3}})
    )
    assert plan(Asked(paths=("shop",), resume=True)).recipe == load_recipe(run.recipe)
    assert plan(Asked(name="shop", resume=True)).recipe.train.rank == 3
    assert plan(Asked(resume=True)).run == run  # the only one there is
    assert plan(Asked(run=run.root, pairs=("train.rank=5",))).recipe.train.rank == 5
    assert plan(Asked(paths=("shop",))).recipe.train.rank != 3  # anew: by the recipe that was asked for


def test_a_run_whose_sources_are_gone_goes_on_with_its_data(project: Path, home: Path) -> None:
    gone = str(project / "gone")
    run = _run(home, "shop", parse_recipe({"name": "shop", "collect": {"sources": [gone]}}))
    assert plan(Asked(name="shop", resume=True)).recipe.collect.sources == (gone,)
    assert plan(Asked(run=run.root)).recipe.collect.sources == (gone,)


def test_sources_are_kept_by_their_whole_path_wherever_they_are_named(project: Path, home: Path) -> None:
    assert plan(Asked(name="x", pairs=('collect.sources=["shop"]',))).recipe.collect.sources == (str(project),)


def test_texts_need_no_quotes_and_lists_are_json() -> None:
    recipe = changed(Recipe(), ("model.name=my/model.gguf", 'collect.languages=["python"]', "name=x"))
    assert (recipe.model.name, recipe.collect.languages, recipe.name) == ("my/model.gguf", ("python",), "x")


def test_a_folder_in_use_is_refused(aigc: Run, project: Path, home: Path, tmp_path: Path) -> None:
    run = _run(home, "shop")
    with filelock.FileLock(run.root / ".lock"):
        done = aigc("finetune", "collect", "shop")
    assert done.status == 1
    assert "Another command is at work" in done.err
    assert not run.corpus.exists()


def test_a_full_disk_is_said_before(tmp_path: Path) -> None:
    from aigc_lsp.cli.finetune_folder import need_room

    need_room(RunFolder(tmp_path / "a" / "b"), 1)
    with pytest.raises(AigcError, match=r"needs about .* are free\. Make room"):
        need_room(RunFolder(tmp_path / "a" / "b"), 1 << 60)


def test_an_earlier_training_is_not_thrown_away_unasked(tmp_path: Path) -> None:
    from aigc_lsp.cli.finetune_folder import begin

    run = RunFolder(tmp_path)
    (run.checkpoints / "step-00000001").mkdir(parents=True)
    run.log.write_text("{}\n")
    run.corpus.mkdir()
    with pytest.raises(AigcError, match=r"--resume.*--restart.*--name"):
        begin(run, resume=False, restart=False)
    begin(run, resume=True, restart=False)
    assert run.checkpoints.is_dir()
    begin(run, resume=False, restart=True)
    assert not run.checkpoints.exists()
    assert not run.log.exists()
    assert run.corpus.is_dir()  # what was collected stays


def test_recipes_are_listed_and_printed_as_toml(aigc: Run, home: Path) -> None:
    listed = aigc("finetune", "recipes")
    assert listed.status == 0
    assert "laptop-cpu" in listed.out
    shown = aigc("finetune", "recipes", "laptop-cpu")
    Path("copy.toml").write_text(shown.out)
    assert (
        load_recipe(Path("copy.toml")).model_dump(mode="json")
        == aigc("finetune", "recipes", "laptop-cpu", "--json").json
    )
    assert "weight_decay" in aigc("finetune", "recipes", "laptop-cpu", "--all").out


def test_the_curve_of_a_run(aigc: Run, home: Path) -> None:
    run = _run(home, "shop")
    steps = [{"event": "step", "step": step, "loss": 3 - step / 10} for step in range(1, 21)]
    run.log.write_text("".join(json.dumps(one) + "\n" for one in [*steps, {"event": "eval", "step": 20, "loss": 1.5}]))
    done = aigc("finetune", "curve")
    assert done.status == 0, done.err
    assert "20 steps" in done.out
    assert "o evaluation, last 1.500" in done.out
    assert run.curve.read_bytes().startswith(b"\x89PNG")
    assert aigc("finetune", "curve", "--name", "shop", "--json").json["eval"] == [[20, 1.5]]


def test_a_run_that_is_not_there_names_those_that_are(aigc: Run, home: Path) -> None:
    assert "There is none yet" in aigc("finetune", "curve").err
    _run(home, "one")
    _run(home, "two")
    done = aigc("finetune", "curve", "--name", "three")
    assert done.status == 1
    assert "There are one, two." in done.err
    assert "There are one, two. Name it with --name" in aigc("finetune", "curve").err


def test_several_processes_want_the_data_ready(project: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_lsp.cli.finetune_work import Work

    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(AigcError, match="finetune encode"):
        Work(Recipe(), RunFolder(home / "run")).data()


def test_the_command_that_goes_on_can_be_pasted(tmp_path: Path) -> None:
    import shlex

    from aigc_lsp.cli.finetune_running import _way_on

    run = RunFolder(tmp_path / "my runs")
    assert shlex.split(_way_on(run))[-1] == str(run.root)
