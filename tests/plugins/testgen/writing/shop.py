"""A module under test with awkward names, what was recorded of it by running it, and the subject that it makes."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

from aigc_plugins.testgen.parts import Conventions, Subject
from aigc_plugins.testgen.scenario import Parameter, Recorded, Scenario, Target

MODULE = """\
import json
from pathlib import Path

class Box:
    def __init__(self, value=None, *, name="box"):
        self.value, self.name = value, name
    def get(self):
        return self.value
    def put(self, value, times=1):
        self.value = [value] * times
        return self
    @property
    def size(self):
        return len(self.value)

def same(value):
    return value
def pair(left, right=None, *, swap=False):
    return (right, left) if swap else (left, right)
def fail(message):
    raise ValueError(message)
def expected(message):
    raise KeyError(message)
def show(text, end="\\n"):
    print(text, end=end)
def type(list, id=0):
    return [list, id]
def _private(x, *rest, **more):
    return (x, rest, more)
def test_it(l):
    return l
def box(request):
    return request
class TestThing:
    def __init__(self, n):
        self.n = n
    def run(self):
        return self.n
"""

_PARAMETERS = {
    "Box": ("constructor", "self value=None name='box'"),
    "Box.get": ("method", "self"),
    "Box.put": ("method", "self value times=1"),
    "Box.size": ("property", "self"),
    "same": ("function", "value"),
    "pair": ("function", "left right=None swap=False"),
    "fail": ("function", "message"),
    "expected": ("function", "message"),
    "show": ("function", "text end='\\n'"),
    "type": ("function", "list id=0"),
    "_private": ("function", "x *rest **more"),
    "test_it": ("function", "l"),
    "box": ("function", "request"),
    "TestThing": ("constructor", "self n"),
    "TestThing.run": ("method", "self"),
}


def _parameter(text):
    name, _, default = text.partition("=")
    star = name[: len(name) - len(name.lstrip("*"))]
    return Parameter(name.lstrip("*"), default=default, star=star)


TARGETS = tuple(
    Target(name, kind, line, line, tuple(map(_parameter, parameters.split())))
    for line, (name, (kind, parameters)) in enumerate(_PARAMETERS.items(), 4)
)


def subject(text=None, *, style="pytest", line_length=88, root=Path("/project"), module=MODULE, targets=TARGETS):
    """Return the subject `shop.boxes` of a project, whose test file holds `text`."""
    conventions = Conventions(style, root / "test_boxes.py", text, (), line_length)
    path, python = root / "shop" / "boxes.py", Path(sys.executable)
    return Subject(root, path, "shop.boxes", module, targets, targets, (root,), python, conventions)


def returned(act, value, *checks, arrange=(), imports=(), fixtures=()):
    """Return a recorded scenario with a check of its result, and others."""
    target = target_of(act)
    return Recorded(Scenario(target, act, arrange, imports, fixtures), (f"result == {value}", *checks))


def raised(act, exception, message="", arrange=()):
    """Return a recorded scenario that raises."""
    return Recorded(Scenario(target_of(act), act, arrange), (), exception, message)


def checked(act, *checks, arrange=(), target="", imports=()):
    """Return a recorded scenario with checks."""
    return Recorded(Scenario(target or target_of(act), act, arrange, imports), checks)


def target_of(act):
    """Return the name of the target that an act calls."""
    name = act.partition("(")[0]
    if "." in name or (name in ("Box", "TestThing") and ")." in act):
        last = act.rpartition(").")[2].partition("(")[0] if ")." in act else name.rpartition(".")[2]
        return next((one.name for one in TARGETS if one.name.endswith(f".{last}")), name)
    return name


def recorded(act, arrange=()):
    """Run a scenario, and return what comes of it."""
    space = {}
    exec(MODULE, space)
    for line in arrange:
        exec(line, space)
    written = io.StringIO()
    try:
        with contextlib.redirect_stdout(written):
            result = eval(act, space)
    except Exception as error:  # whatever it raises is what is recorded
        return raised(act, type(error).__name__, str(error), arrange)
    checks = [_check(result)] if not isinstance(result, space["Box"]) else [f"result.value == {result.value!r}"]
    if written.getvalue():
        checks.append(f"printed == {written.getvalue()!r}")
    return checked(act, *checks, arrange=arrange)


def _check(value):
    if value is None or isinstance(value, bool):
        return f"result is {value!r}"
    return f"result == pytest.approx({value!r})" if isinstance(value, float) else f"result == {value!r}"
