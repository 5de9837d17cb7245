"""Settings changed for a run, and the two sides of a comparison."""

from __future__ import annotations

import pytest

from aigc_lsp.evaluate.variants import SettingError, changed, variants
from aigc_lsp.settings import Settings


def test_a_setting_is_json_or_a_bare_word() -> None:
    settings = changed(Settings(), ["completion.max_tokens=7", "engine.model=fake", 'completion.multiline="never"'])
    assert (settings.completion.max_tokens, settings.engine.model) == (7, "fake")
    assert settings.completion.multiline == "never"
    assert Settings().completion.max_tokens != 7


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("completion.max_token=7", "Did you mean completion.max_tokens"),
        ("nonsense.at=all", "There is no setting nonsense.at"),
        ("max_tokens", "SECTION.KEY=VALUE"),
        ("completion.max_tokens=many", "completion.max_tokens=many: "),
        ("completion.max_tokens=0", "greater than or equal to 1"),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_refused(pair: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        changed(Settings(), [pair])


def test_two_variants_are_labelled_by_what_differs() -> None:
    one, other = variants(Settings(), ["context.enabled=false", "engine.model=fake"])
    assert (one.name, one.label) == ("A", "context.enabled=true, engine.model=null")
    assert (other.name, other.label) == ("B", "context.enabled=false, engine.model=fake")
    assert one.settings.context.enabled
    assert not other.settings.context.enabled
    assert [variant.name for variant in variants(Settings(), [])] == ["A"]
