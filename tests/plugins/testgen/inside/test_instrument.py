"""Instrumented code does what the plain code does; each mutant does what its text says."""

from __future__ import annotations

import inspect
import re
import textwrap

import pytest

from aigc_plugins.testgen.inside.instrument import instrument

from .instrumented import Both

# Each text defines `run`; everything that instrumentation could disturb is in one of them.
SNIPPETS = {
    "docstrings stay first": '''
        def f(a):
            """Doc of f."""
            return a + 1
        class C:
            """Doc of C."""
            def m(self):
                "Doc of m."
                return 2
        def run(): return f.__doc__, C.__doc__, C.m.__doc__, f(1), C().m()
    ''',
    "future imports and annotations stay": """
        from __future__ import annotations
        def f(a: Missing[1 < 2], b: "int" = 3) -> Other | None:
            c: Unknown = a
            return c, b
        def run(): return f(1), f.__annotations__
    """,
    "super and class cells": """
        class A:
            def __init__(self, x=1): self.x = x
            def who(self): return "A"
        class B(A):
            def __init__(self, x):
                super().__init__(x + 1)
            def who(self):
                return super().who() + __class__.__name__ if self.x > 1 else "none"
            def later(self):
                return [super(B, self).who() for _ in (1, 2)], (lambda: super(B, self).who())()
        def run(): return B(1).x, B(1).who(), B(0).who(), B(1).later()
    """,
    "private names are mangled as before": """
        class A:
            __hidden = 3
            def __secret(self, n): return n + self.__hidden
            def get(self, n):
                if n > 0:
                    return self.__secret(n)
                return A.__hidden
        def run(): return A().get(1), A().get(0), sorted(k for k in vars(A) if "hidden" in k or "secret" in k)
    """,
    "slots and properties": """
        class P:
            __slots__ = ("_x",)
            def __init__(self, x): self._x = x
            @property
            def x(self): return self._x * 2
            @x.setter
            def x(self, value):
                if value < 0:
                    raise ValueError(f"negative: {value!r:>4}")
                self._x = value
            @classmethod
            def zero(cls): return cls(0)
            @staticmethod
            def twice(a): return a * 2
        def set_x(v):
            p = P.zero()
            p.x = v
            return p.x
        def bad():
            try:
                set_x(-1)
            except ValueError as error:
                return str(error)
        def run(): return set_x(3), bad(), P.twice(2), hasattr(P(1), "__dict__")
    """,
    "nonlocal and global": """
        count = 0
        def make(start):
            n = start
            def step(by=1):
                nonlocal n
                global count
                n += by
                count += 1
                return n
            return step
        def run():
            global count
            count = 0
            s = make(5)
            return s(), s(2), count
    """,
    "generators stay generators": """
        def g(n):
            got = []
            try:
                for i in range(n):
                    x = yield i if i != 1 else None
                    if x: got.append(x)
            finally:
                print("closed", got)
            return got
        def outer(n):
            r = yield from g(n)
            yield r
        def run():
            it = g(3)
            first = [next(it), it.send("a"), it.send("b")]
            it.close()
            return first, list(outer(2)), list(g(0))
    """,
    "a function of nothing but yields": """
        def nothing():
            return
            yield 1
        def run(): return list(nothing()), type(nothing()).__name__
    """,
    "coroutines": """
        import asyncio
        class Pause:
            def __await__(self): yield
        async def add(a, b):
            await Pause()
            return a + b if a > 0 else await add(1, b)
        async def agen(n):
            for i in range(n):
                await Pause()
                if i % 2: yield i
        class Lock:
            async def __aenter__(self): print("in"); return self
            async def __aexit__(self, *what): print("out")
        async def main():
            async with Lock() as lock:
                values = [x async for x in agen(6) if x > 1]
                async for y in agen(3):
                    values.append(y)
                else:
                    values.append("end")
            return await add(0, 2), values, {k: await add(k, 1) for k in (1, 2)}
        def run(): return asyncio.run(main())
    """,
    "walrus keeps its scope": """
        def f(xs):
            if (n := len(xs)) > 2 and (m := n * 2) < 9:
                pass
            found = [last := x for x in xs if (y := x + 1) > 1]
            return n, found, last, y, (m if n > 2 else None)
        def run(): return f([1, 2, 3]), f([5])
    """,
    "chains are evaluated once": """
        log = []
        def v(x):
            log.append(x)
            return x
        def f(a, b, c):
            return v(a) < v(b) <= v(c), a < b != c in (3, 4)
        def run():
            log.clear()
            return f(1, 2, 3), f(2, 1, 3), list(log)
    """,
    "truth is asked once": """
        class T:
            def __init__(self, truth): self.truth, self.asked = truth, 0
            def __bool__(self):
                self.asked += 1
                return self.truth
            def __repr__(self): return f"T({self.truth}, {self.asked})"
        def cond(a, b):
            out = []
            if a and b: out.append(1)
            if a or not b: out.append(2)
            while a and not b:
                out.append(3)
                break
            out.append(4 if b else 5)
            out.append([0 for _ in (1,) if a if b])
            return out
        def value(a, b, c): return (a or b), not a, (a and b and c)
        def run():
            rows = []
            for p in (True, False):
                for q in (True, False):
                    a, b, c = T(p), T(q), T(True)
                    rows.append((cond(a, b), a, b))
                    a, b, c = T(p), T(q), T(True)
                    rows.append((value(a, b, c), a, b, c))
            return rows
    """,
    "locals and frames see no more names": """
        import sys
        def f(a, b=2):
            c = a + b
            if c > 2:
                d = [x for x in range(c) if x]
            return sorted(locals()), sys._getframe().f_code.co_varnames[:4], f.__code__.co_freevars
        def run(): return f(1), eval("f(3)[0]")
    """,
    "lines of errors and warnings": '''
        import sys, traceback, warnings
        def f(x):
            """Doc."""
            y = (x
                 + 1)
            if y > 2:
                raise ValueError(
                    "bad")
            warnings.warn("hm")
            return y
        def line(x):
            try:
                f(x)
            except ValueError as error:
                return [s.lineno for s in traceback.extract_tb(error.__traceback__)]
        def run():
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                f(0)
            return line(2), [w.lineno for w in seen], f.__code__.co_firstlineno
    ''',
    "loops with else": """
        def find(xs, n):
            for i, x in enumerate(xs):
                if x == n:
                    break
                if x is None:
                    continue
            else:
                return "missing"
            return i
        def collatz(n):
            steps = 0
            while n != 1:
                n = n // 2 if n % 2 == 0 else 3 * n + 1
                steps += 1
                if steps > 50: break
            else:
                return steps
            return -1
        def run(): return find([1, None, 3], 3), find([], 1), find([2], 1), collatz(6), collatz(27), collatz(1)
    """,
    "recursion inside a loop": """
        def walk(tree):
            out = []
            for one in tree:
                out += walk(one) if isinstance(one, list) else [one]
            return out
        def run(): return walk([1, [2, [], [3, [4]]], 5]), walk([])
    """,
    "exceptions": """
        def f(x):
            try:
                y = 10 // x
            except ZeroDivisionError:
                return "zero"
            except (TypeError, ValueError) as error:
                raise KeyError("type") from error
            else:
                y += 1
            finally:
                print("done")
            return y
        def g(x):
            try:
                return f(x)
            except KeyError as error:
                return type(error.__cause__).__name__, error.args
        def h():
            try:
                raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
            except* ValueError as group:
                a = len(group.exceptions)
            except* TypeError:
                a += 10
            return a
        def run(): return g(2), g(0), g("a"), h()
    """,
    "match": """
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int = 0
            y: int = 0
        def f(v):
            match v:
                case 0 | 1: return "few"
                case str() as s if len(s) > 2: return s
                case [a, *rest] if rest: return a, rest
                case {"k": k, **more}: return k, more
                case Point(x=0, y=y): return "axis", y
                case None: return "none"
        def g(v):
            match v, 1:
                case (1, n): return n
                case _: return "any"
        def run(): return [f(v) for v in (0, "abc", "ab", [1, 2], [1], {"k": 1, "j": 2}, Point(0, 3), None)], g(1), g(2)
    """,
    "f-strings": """
        def f(x, w):
            return f"{x!r:>{w}} and {x + 1:.2f}{{}} {'a' if x else 'b'} {x=}"
        def run(): return f(1, 4), f(0, 2)
    """,
    "stars, slices and augmented targets": """
        def f(xs, *args, k=1, **kw):
            a, *b = [*xs, *args]
            d = {**kw, "k": k}
            d["k"] += b[-1] if b else 0
            xs[0:2] = [9]
            xs[-1] -= 1
            del xs[:1]
            return a, b, d, xs, sorted([1, 2, *b], reverse=True)[::2]
        def run(): return f([1, 2, 3], 4, k=5, z=6), f([1])
    """,
    "lambdas, defaults and closures": """
        def f(n):
            fs = [lambda i=i: i + n if i else None for i in range(3)]
            key = sorted("bca", key=lambda c: -ord(c))
            def g(a=n + 1, *, b=n > 1): return a, b
            return [h() for h in fs], key, g(), (lambda *a, **k: (a, k))(1, z=2)
        square = lambda x: x * x
        class K:
            cube = lambda self, x: x ** 3
        def run(): return f(1), square(3), K().cube(2)
    """,
    "classes inside functions": """
        def make(base):
            class Inner(base):
                limit = 3 if base is object else 4
                def get(self, n):
                    return n if n < self.limit else self.limit
            return Inner
        def run(): return make(object)().get(5), make(int)().get(5), make(object).__qualname__
    """,
    "decorators and caches": """
        import functools
        def twice(f):
            @functools.wraps(f)
            def inner(*a):
                return f(*a) * 2
            return inner
        def make():
            @twice
            @functools.lru_cache(maxsize=None)
            def fib(n):
                return n if n < 2 else fib(n - 1) // 2 + fib(n - 2) // 2
            return fib
        def run():
            fib = make()
            return fib(10), fib.__name__, fib.__wrapped__.cache_info().misses
    """,
    "with and assert": """
        import contextlib
        @contextlib.contextmanager
        def note(n):
            print("in", n)
            yield n + 1
            print("out")
        def f(n):
            with note(n) as a, note(a) as b:
                assert b > 2, f"small {b}"
            return a, b
        def run():
            try:
                f(0)
            except AssertionError as error:
                return str(error), f(1)
    """,
    "type checking blocks stay": """
        TYPE_CHECKING = False
        def f(x):
            if TYPE_CHECKING:
                from nowhere import Something
            import math
            if __debug__:
                x += 1
            while True:
                x += 1
                if x > 3: return math.floor(x / 2)
        def run(): return f(0)
    """,
}
TEXTS = {name: textwrap.dedent(text) for name, text in SNIPPETS.items()}


@pytest.mark.parametrize("name", TEXTS)
def test_the_instrumented_code_does_the_same(name: str) -> None:
    both = Both(TEXTS[name])
    expected = both.run_plain("run()")
    assert not re.match(r"\w+(Error|Iteration): ", expected[0])
    assert both.run("run()") == expected
    assert both.run("run()") == expected
    both.loaded.watch_comparisons = True
    assert both.run("run()") == expected


@pytest.mark.parametrize("name", TEXTS)
def test_a_mutant_does_what_its_text_says(name: str) -> None:
    both = Both(TEXTS[name])
    plain, different = both.run_plain("run()"), 0
    assert both.loaded.mutants
    for mutant in both.loaded.mutants:
        seen = both.run("run()", mutant.number)
        if seen == "endless" or mutant.before.endswith("…") or mutant.after.endswith("…"):
            continue
        assert seen == both.run_text(mutant, "run()"), mutant
        different += seen != plain
    assert different
    assert both.run("run()") == plain


@pytest.mark.parametrize("name", TEXTS)
def test_a_mutant_that_is_not_reached_changes_nothing(name: str) -> None:
    both = Both(TEXTS[name])
    expected = both.run("run()")
    reached = both.loaded.reached()
    for mutant in both.loaded.mutants:
        if both.run("run()", mutant.number) != expected:
            assert mutant.number in reached, mutant


def ways(text: str, run: str) -> list[str]:
    both = Both(textwrap.dedent(text))
    both.run(run)
    taken = both.loaded.taken()
    return [f"{one.line} {one.way}" for one in both.loaded.branches if one.number in taken]


IF = """
    def f(a, b):
        if a > 0 and b:
            return 1
        return 2
"""


def test_sides_of_conditions_are_noted() -> None:
    assert ways(IF, "f(1, 1)") == ["2 entered", "3 true", "3 true", "3 true"]
    assert ways(IF, "f(1, 0)") == ["2 entered", "3 false", "3 true", "3 false"]
    assert ways(IF, "f(0, 0)") == ["2 entered", "3 false", "3 false"]


LOOP = """
    def f(xs):
        for x in xs:
            if x: break
        while xs:
            xs = xs[1:]
"""


def test_loops_with_and_without_a_round_are_noted() -> None:
    assert ways(LOOP, "f([])") == ["2 entered", "3 no loop", "5 false"]
    assert ways(LOOP, "f([1])") == ["2 entered", "3 loop", "4 true", "5 true", "5 false"]
    assert ways(LOOP, "(f([0]), f([]))") == ["2 entered", "3 loop", "3 no loop", "4 false", "5 true", "5 false"]


OTHERS = """
    def f(v):
        match v:
            case 1: return 0
            case [x]: return [y for y in x if y]
        try:
            return v.a if v.b else v.c
        except ValueError:
            return 2
        except AttributeError:
            return 3
        return v or 3
    g = lambda v: v or 3
    class C:
        def m(self):
            assert self.n
"""


def test_cases_handlers_lambdas_and_comprehensions_are_noted() -> None:
    assert ways(OTHERS, "f(1)") == ["2 entered", "4 case 1"]
    assert ways(OTHERS, "f([[0, 1]])") == ["2 entered", "5 case 2", "5 true", "5 false"]
    assert ways(OTHERS, "f(2)") == ["2 entered", "3 no case", "10 except 2"]
    assert ways(OTHERS, "g(0)") == ["13 entered", "13 false"]
    assert ways(OTHERS, "setattr(C, 'n', 0) or C().m()") == ["15 entered", "16 false"]


def test_branches_belong_to_the_target_that_holds_them() -> None:
    both = Both(textwrap.dedent(OTHERS))
    assert {one.function for one in both.loaded.branches} == {"f", "g", "C.m"}
    nested = Both(
        "class A:\n    class B:\n        def m(self):\n            def n(x): return x and 1\n            return n\n"
    )
    assert {one.function for one in nested.loaded.branches} == {"A.B.m"}
    assert {one.function for one in nested.loaded.mutants} == {"A.B.m"}


def test_numbers_are_the_same_each_time() -> None:
    text = inspect.getsource(textwrap)
    one, two = instrument(text, "a.py"), instrument(text, "a.py")
    assert (one.branches, one.mutants, one.places) == (two.branches, two.mutants, two.places)
    assert [branch.number for branch in one.branches] == list(range(1, len(one.branches) + 1))
    assert [mutant.number for mutant in one.mutants] == list(range(1, len(one.mutants) + 1))
    assert min(one.places) == 0
    assert max(one.places) < one.place_count


def test_deep_and_large_code_is_taken_as_it_is() -> None:
    deep = "def f(x):\n    return " + " + ".join(["x"] * 400) + "\n"
    table = "def g():\n    return [" + ", ".join(map(str, range(5000))) + "]\n"
    ladder = "def h(x):\n    if x == 0: return 0\n" + "".join(f"    elif x == {n}: return {n}\n" for n in range(1, 300))
    both = Both(deep + table + ladder)
    assert both.run("(f(1), sum(g()), h(299), h(300))") == both.run_plain("(f(1), sum(g()), h(299), h(300))")
    assert len(both.loaded.branches) > 600


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        instrument("def f(:\n", "a.py")
    with pytest.raises((SyntaxError, ValueError)):
        instrument("x = '\0'", "a.py")
