"""Which of several like files stays, and what a leakage check sees."""

from __future__ import annotations

import hashlib
import random

import pytest

from aigc_finetune.clean.duplicates import Like, find
from aigc_finetune.clean.leakage import check
from aigc_finetune.clean.signature import NearDuplicates, signature
from aigc_finetune.recipe import CleanSection
from aigc_finetune.types import CorpusFile, Split


def _words(seed: int, count: int = 400) -> list[str]:
    source = random.Random(seed)
    return [f"name{source.randrange(2000)}" for _ in range(count)]


def _like(words: list[str], split: Split = "train") -> Like:
    text = " ".join(words)
    return Like(hashlib.sha256(text.encode()).hexdigest(), split, signature(text))


def _grams(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_the_estimate_of_the_similarity_is_near_the_true_one() -> None:
    words = _words(1)
    for changed in (0, 5, 20, 60):
        other = list(words)
        for at in range(changed):
            other[at * 6] = f"new{at}"
        mine, theirs = _grams(words), _grams(other)
        true = len(mine & theirs) / len(mine | theirs)
        estimate = float((signature(" ".join(words)) == signature(" ".join(other))).mean())
        assert estimate == pytest.approx(true, abs=0.13)


def test_a_signature_does_not_depend_on_white_space_or_punctuation() -> None:
    assert (signature("a = b(c, d, e)\n") == signature("a=b( c,d,e )")).all()


def test_signatures_of_few_tokens_differ() -> None:
    assert (signature("x = 1") != signature("y = 2")).any()
    assert (signature("") == signature("")).all()


def test_what_is_held_out_stays_and_what_trains_gives_way() -> None:
    base = _words(2)
    near = [*base[:-2], "other", "end"]
    files = [_like(base), _like(_words(3)), _like(near, "eval"), _like(base, "eval"), _like(_words(3))]
    found = find(files, CleanSection())
    assert found.exact == {0: 2, 4: 1}  # 0 is 3 once more, and 2 stands for that
    assert found.near == {3: 2}
    assert found.across == {0}


def test_exact_duplicates_across_the_splits_are_told() -> None:
    base = _words(2)
    found = find([_like(base), _like(base, "eval")], CleanSection())
    assert (found.exact, found.across) == ({0: 1}, {0})


def test_each_kind_can_be_switched_off() -> None:
    base = _words(2)
    files = [_like(base), _like(base), _like([*base, "x"])]
    assert find(files, CleanSection(deduplicate=False, near_duplicates=0.0)).exact == {}
    assert find(files, CleanSection(near_duplicates=0.0)).near == {}
    assert find(files, CleanSection(deduplicate=False)).near == {1: 0, 2: 0}


def test_files_that_share_a_half_are_no_duplicates() -> None:
    base = _words(2)
    index = NearDuplicates(0.85)
    index.add(0, signature(" ".join(base)))
    assert index.find(signature(" ".join([*base[:200], *_words(9, 200)]))) is None


def _file(path: str, text: str) -> CorpusFile:
    return CorpusFile(path, "s", "python", text, hashlib.sha256(text.encode()).hexdigest())


def test_leakage_counts_lines_that_also_train() -> None:
    train = [
        _file("a.py", "import operating_system\nvalue = compute(1)\nx\n"),
        _file("same.py", "identical_text = 1\n"),
    ]
    held = [
        _file("b.py", "    import operating_system\nanother_line = 2\nx\nthird_line = 3\nfourth_line = 4\n"),
        _file("c.py", "identical_text = 1\n"),
    ]
    found = check(lambda: train, lambda: held)
    assert (found.lines, found.lines_in_train) == (5, 2)
    assert found.share == pytest.approx(0.4)
    assert found.files_in_train == ["c.py"]
    assert found.files == [("c.py", 1.0)]


def test_leakage_of_nothing_is_nothing() -> None:
    assert check(list, list).share == 0.0


def test_leakage_of_many_lines_is_estimated_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_finetune.clean.leakage._MOST", 1000)
    lines = [f"line number {at}" for at in range(20_000)]
    train, held = [_file("a.py", "\n".join(lines[:5000]))], [_file("b.py", "\n".join(lines))]
    found = check(lambda: train, lambda: held)
    assert found.sampled > 1
    assert found.lines <= 1000
    assert found.share == pytest.approx(0.25, abs=0.06)
