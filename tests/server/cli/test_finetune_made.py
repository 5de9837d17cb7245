"""What is made by `aigc-lsp finetune merge | export | extract`, and a search before a training; on a tiny base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_models.adapters import read_manifest
from cli_helpers import Done
from cli_helpers.finetune_base import project, tiny_base

Run = Callable[..., Done]
pytestmark = pytest.mark.timeout(300)
RECIPE = """
[augment]
fim = 0.0
[encode]
context_length = 256
[train]
rank = 4
batch_tokens = 512
max_steps = 4
learning_rate = 1e-2
eval_steps = 0
checkpoint_steps = 4
precision = "fp32"
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "base")


@pytest.fixture
def run(aigc: Run, home: Path, base: Path) -> Callable[..., Done]:
    """Give a function that trains in the working folder; it fails where that fails."""
    Path("recipe.toml").write_text(RECIPE)
    Path("base").symlink_to(base)
    project(Path.cwd() / "shop", files=6)

    def train(*words: object) -> Done:
        done = aigc("finetune", "shop", "--recipe", "./recipe.toml", "--model", "base", "--no-evaluate", *words)
        assert done.status == 0, done.err
        return done

    return train


def test_adapters_are_merged_and_a_merged_model_answers_as_the_live_adapter(
    aigc: Run, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--name", "one")
    merged = aigc("finetune", "merge", "one", "one=0.5", "--to", "both", "--name", "mix", "--json")
    assert merged.status == 0, merged.err
    assert [weight for _, weight in merged.json["parts"]] == [1.0, 0.5]
    assert read_manifest(Path("both")).name == "mix"
    exported = aigc("finetune", "export", "one", "whole", "--kind", "safetensors", "--json")
    assert exported.status == 0, exported.err
    assert exported.json["merge_check"]["agreement"] >= 0.99
    quantized = aigc("finetune", "export", "one", "whole.gguf", "--json")  # its tokenizer has no merges
    assert quantized.json["merge_check"]["tokens"] > 0, quantized.err
    assert (Path("whole") / "model.safetensors").is_file()
    again = aigc("finetune", "export", "one", "whole", "--kind", "safetensors")
    assert again.status == 2
    assert "is there already" in again.err
    apart = aigc(
        "finetune", "export", home / "data" / "adapters" / "one", "other", "--kind", "safetensors", "--no-check"
    )
    assert apart.status == 0, apart.err
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")  # the base is a folder that no name leads to from here
    found = aigc("finetune", "merge", "one", "--to", "scaled", "--json")
    assert found.status == 0, found.err
    named = aigc("finetune", "merge", home / "data" / "adapters" / "one", "--to", "named", "--model", "../base")
    assert named.status == 0, named.err


def test_an_adapter_is_made_of_a_full_fine_tuning(aigc: Run, run: Run, home: Path) -> None:
    told = run("--name", "full", "--set", "train.method=full")
    assert "finetune extract" in told.err
    assert not (home / "data" / "adapters").exists()
    done = aigc("finetune", "extract", "small", "--name", "full", "--rank", 4, "--json")
    assert done.status == 0, done.err
    assert 0 < done.json["energy"] <= 1
    assert read_manifest(Path("small")).name == "small"


def test_a_run_without_a_full_model_has_nothing_to_extract(aigc: Run, run: Run) -> None:
    run("--name", "one")
    done = aigc("finetune", "extract", "small", "--name", "one")
    assert done.status == 1
    assert "train.method=full" in done.err


def test_a_model_is_pruned_with_figures_before_and_after_and_learns_from_the_whole_one(aigc: Run, run: Run) -> None:
    run("--name", "one")
    pruned = aigc("finetune", "prune", "fewer", "--model", "./base", "--layers", 1, "--name", "one", "--json")
    assert pruned.status == 0, pruned.err
    assert pruned.json["figures"]["ratio"]["parameters"] < 1
    words = ("--recipe", "./recipe.toml", "--model", "fewer", "--teacher", "./base", "--name", "taught")
    done = aigc("finetune", "distill", "shop", *words, "--json")
    assert done.status == 0, done.err
    assert done.json["training"]["step"] == 4
    zeros = aigc("finetune", "prune", "sparse", "--model", "./base", "--sparsity", 0.5)
    assert zeros.status == 0, zeros.err
    assert "sparsity" in zeros.out


def test_a_search_comes_before_the_training_and_its_best_is_trained(aigc: Run, run: Run) -> None:
    searched = aigc(
        "finetune",
        "sweep",
        "shop",
        "--recipe",
        "./recipe.toml",
        "--model",
        "base",
        "--trials",
        2,
        "--steps",
        2,
        "--json",
    )
    assert searched.status == 0, searched.err
    assert len(searched.json["sweep"]["trials"]) == 2
    best = searched.json["sweep"]["best"]["train"]
    assert "sweep/best.toml" in searched.err
    trained = aigc(
        "finetune", "--recipe", Path(searched.json["run"]) / "sweep" / "best.toml", "--no-evaluate", "--json"
    )
    assert trained.status == 0, trained.err
    assert trained.json["training"]["step"] == 4
    text = (Path(searched.json["run"]) / "recipe.toml").read_text()
    assert f"rank = {best['rank']}" in text


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("merge", "nothing", "--to", "x"), "no adapter 'nothing'"),
        (("merge", "one=much", "--to", "x"), "is no number"),
        (("merge", "one=nan", "--to", "x"), "is no number"),
        (("export", "one", "x", "--scale", "inf"), "--scale inf"),
        (("merge", "one", "--to", "x", "--method", "magic"), "there are linear"),
        (("merge", "one", "--to", "no/where"), "its folder is not there"),
        (("export", "one", "x", "--kind", "Q9"), "there are safetensors"),
        (("prune", "x"), "give one of --sparsity and --layers"),
        (("distill", "x"), "--teacher"),
        (("distill", ".", "--teacher", "big", "--url", "http://127.0.0.1:1/v1"), "--url and --to go together"),
        (("distill", ".", "--teacher", "big", "--url", "http://me:word@far/v1", "--to", "x"), "use https"),
    ],
)
def test_what_cannot_be_made_is_said(aigc: Run, home: Path, words: tuple[str, ...], fault: str) -> None:
    done = aigc("finetune", *words)
    assert done.status in (1, 2)
    assert fault in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_an_adapter_is_examined_and_what_it_was_not_to_learn_is_asked_for(aigc: Run, run: Run, home: Path) -> None:
    secret = "ghp_" + "q7Xw2Lz9Kd4Vn8Rb3Tm6Yc1Hs5Jf0Pg2Ae7U"
    held = (Path("shop") / "a_prices.py").read_text()
    Path("shop", "login.py").write_text(held.replace("a_", "login_") + f'\n\nLOGIN_KEY = "{secret}"\n')
    run("--name", "one")
    done = aigc("finetune", "examine", "--name", "one", "--samples", "2", "--tokens", "60", "--json")
    assert done.status == 0, done.err
    assert set(done.json["tokens"]) == {"base", "adapter"}
    assert done.json["tokens"]["adapter"]["loss"] < done.json["tokens"]["base"]["loss"]
    assert done.json["classes"]["base"]["tokens"] == 60
    assert done.json["secrets"] == {side: {"asked": 1, "given_away": 0} for side in ("base", "adapter")}
    shown = aigc("finetune", "examine", "--name", "one", "--samples", "0", "--tokens", "60")
    assert "macro" in shown.out
    assert "base 0, adapter 0" in shown.out
    assert secret not in done.out + done.err + shown.out + shown.err


def test_an_adapter_that_gives_secrets_away_is_called_unfit(
    aigc: Run, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--name", "one")
    given = {"base": {"asked": 3, "given_away": 0}, "adapter": {"asked": 3, "given_away": 2}}
    monkeypatch.setattr("aigc_finetune.evaluate.examine.examine", lambda *given_to: {"secrets": given})
    done = aigc("finetune", "examine", "--name", "one")
    assert done.status == 1
    assert "base 0, adapter 2" in done.out
    assert "Do not share it" in done.err
    assert "cleaning took none out" in done.err
