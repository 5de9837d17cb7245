"""What a search found, as others read it."""

from __future__ import annotations

from typing import Any, cast

from aigc_plugins.testgen.scenario import Suspicion
from aigc_plugins.testgen.searching import Search


def test_one_call_tells_of_a_type_that_is_not_kept() -> None:
    search = cast("Any", Search.__new__(Search))
    found = [
        Suspicion("typed", 1, "type", "typed(35)", "str", "35"),
        Suspicion("typed", 1, "type", "typed(6)", "str", "6"),
        Suspicion("other", 5, "type", "other(6)", "str", "6"),
        Suspicion("typed", 1, "example", "typed(1)", "'2'", "'1'"),
        Suspicion("typed", 1, "example", "typed(2)", "'3'", "'2'"),
    ]
    search._suspicions = {(one.kind, one.call): one for one in found}
    assert [one.call for one in search.suspicions] == ["typed(1)", "typed(2)", "typed(6)", "other(6)"]
