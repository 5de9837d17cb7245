"""Has scenarios recorded that use fixtures of the project's tests. Others are recorded by the search."""

from __future__ import annotations

import keyword
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.testgen.checking.run import Orders, inside, run
from aigc_plugins.testgen.scenario import Recorded, Scenario, from_json, to_json

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject

_TEST_S = 10.0


def record_with_fixtures(
    subject: Subject, copy: Path, scenarios: Sequence[Scenario], *, seconds: float, cancelled: Callable[[], object]
) -> tuple[Recorded, ...]:
    """Return the tests that scenarios make, those left out that make none or whose fixtures cannot be set up.

    The fixtures are those that a test in the conventions' file may ask for. Numbers of branches and mutants are those
    of the instrumented module, as for all others.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    named = {f"test_{number}": one for number, one in enumerate(scenarios) if _is_usable(one)}
    if not named:
        return ()
    folder = inside(subject, copy, subject.conventions.file).parent
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"test_{secrets.token_hex(8)}.py"
    functions = [f"def {name}({', '.join(one.fixtures)}): pass" for name, one in named.items()]
    file.write_text("\n".join([f"import {subject.name}", *functions, ""]), "utf-8")
    orders = Orders(
        (file,), tuple(named), instrument=True, mutants_s=seconds, test_s=_TEST_S,
        scenarios={name: to_json(one) for name, one in named.items()},
    )  # fmt: skip
    try:
        ran = run(subject, copy, orders, seconds=seconds, cancelled=cancelled)
    finally:
        file.unlink(missing_ok=True)
    found = []
    for value in ran.recorded:
        with suppress(ValueError):
            found.append(from_json(Recorded, value))
    return tuple(found)


def _is_usable(scenario: Scenario) -> bool:
    return bool(scenario.fixtures) and all(
        one.isidentifier() and not keyword.iskeyword(one) for one in scenario.fixtures
    )
