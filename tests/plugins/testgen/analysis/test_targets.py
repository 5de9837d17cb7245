import ast
import textwrap

from aigc_plugins.testgen.analysis.targets import Found, Targets


def targets(text: str) -> dict[str, Found]:
    return {one.target.name: one for one in Targets(ast.parse(textwrap.dedent(text))).found()}


def test_a_function_with_all_kinds_of_parameters() -> None:
    (found,) = targets(
        '''
        def f(a, b: int, /, c: "str" = "x", *rest: float, d, e=-2, **more) -> list[int]:
            """Text."""
            if a == 7:
                raise ValueError("seven")
        '''
    ).values()
    target = found.target
    assert [(one.name, one.annotation, one.default, one.star, one.keyword) for one in target.parameters] == [
        ("a", "", "", "", False), ("b", "int", "", "", False), ("c", "str", "'x'", "", False),
        ("rest", "float", "", "*", False), ("d", "", "", "", True), ("e", "", "-2", "", True),
        ("more", "", "", "**", False),
    ]  # fmt: skip
    assert target.returns == "list[int]"
    assert target.literals == (7, "seven", "x", 2)
    assert target.raises == ("ValueError",)
    assert ("int",) in target.parameters[0].guesses
    assert target.parameters[5].guesses[0] == ("int",), "the default says what it is"
    assert hash(target.parameters[0])


def test_kinds_of_methods_and_python_s_own() -> None:
    found = targets(
        """
        class Queue:
            def __init__(self, size: int = 3): ...
            def __len__(self): return 0
            def __del__(self): ...
            def put(self, item): ...
            @property
            def full(self) -> bool: return False
            @full.setter
            def full(self, value): ...
            @functools.cached_property
            def cost(self): return 1
            @classmethod
            def of(cls, items): ...
            @staticmethod
            def check(item): ...
            def _hidden(self): ...
            def __mangled(self): ...
            class Inner:
                def go(self): ...
        """
    )
    assert {name: one.target.kind for name, one in found.items()} == {
        "Queue": "constructor", "Queue.__len__": "method", "Queue.put": "method", "Queue.full": "property",
        "Queue.cost": "property", "Queue.of": "classmethod", "Queue.check": "staticmethod", "Queue._hidden": "method",
        "Queue.Inner.go": "method",
    }  # fmt: skip
    assert [one.name for one in found["Queue"].target.parameters] == ["size"]
    assert [one.name for one in found["Queue.of"].target.parameters] == ["items"]
    assert [one.name for one in found["Queue.check"].target.parameters] == ["item"]
    assert found["Queue.full"].target.parameters == ()
    assert len(found["Queue.full"].spans) == 2
    assert [name for name, one in found.items() if one.private] == ["Queue._hidden"]


def test_constructors_of_classes_without_an_init() -> None:
    found = targets(
        """
        @dataclass(frozen=True)
        class Base:
            name: str
            kind: ClassVar[str] = "x"
            made: int = field(init=False)
        @dataclass
        class Point(Base):
            x: int = 0
            tags: list[str] = field(default_factory=list)
            _: KW_ONLY
            z: float = 1.0
        class Pair(NamedTuple):
            left: int
            right: int = 2
        @attrs.define
        class Thing:
            size = attrs.field(default=3)
        class Color(Enum):
            RED = 1
            @classmethod
            def _missing_(cls, value): return cls.RED
        class Plain:
            def go(self): ...
        class Child(Point):
            def stay(self): ...
        class Options(TypedDict):
            a: int
        """
    )
    made = {name: one.target.parameters for name, one in found.items() if one.target.kind == "constructor"}
    assert list(made) == ["Base", "Point", "Pair", "Thing", "Color"]
    assert [(one.name, one.annotation, one.default, one.keyword) for one in made["Point"]] == [
        ("name", "str", "", False), ("x", "int", "0", False), ("tags", "list[str]", "list()", False),
        ("z", "float", "1.0", True),
    ]  # fmt: skip
    assert [one.name for one in made["Base"]] == ["name"]
    assert [(one.name, one.default) for one in made["Pair"]] == [("left", ""), ("right", "2")]
    assert [(one.name, one.default) for one in made["Thing"]] == [("size", "3")]
    assert [one.name for one in made["Color"]] == ["value"]


def test_what_is_defined_under_conditions_and_twice() -> None:
    found = targets(
        """
        import sys
        if sys.version_info >= (3, 0):
            def new(a): ...
        else:
            def old(a): ...
        if TYPE_CHECKING:
            def never(): ...
        try:
            def tried(a, b): ...
        except ImportError:
            def tried(a): ...
        def twice(a): ...
        def twice(a, b, c): ...
        def gone(): ...
        del gone
        def traced(a): ...
        traced = trace(traced)
        def replaced(a): ...
        replaced = None
        @overload
        def loaded(a: int) -> int: ...
        @overload
        def loaded(a: str) -> str: ...
        def loaded(a): return a
        @singledispatch
        def shown(a): ...
        @shown.register
        def _(a: int): return 42
        def outer():
            def inner(): ...
        if __name__ == "__main__":
            def script(): ...
        """
    )
    assert {name: len(one.target.parameters) for name, one in found.items()} == {
        "new": 1, "tried": 2, "twice": 3, "traced": 1, "loaded": 1, "shown": 1, "outer": 0,
    }  # fmt: skip
    assert found["loaded"].target.untestable == ""
    assert 42 in found["shown"].target.literals


def test_generators_and_coroutines() -> None:
    found = targets(
        """
        def many(n):
            yield from range(n)
        def one(n):
            def inner():
                yield n
            return inner
        @contextmanager
        def held():
            yield 1
        async def slow(): ...
        async def stream():
            yield 1
        """
    )
    assert {name: (one.target.generator, one.target.asynchronous) for name, one in found.items()} == {
        "many": (True, False), "one": (False, False), "held": (False, False), "slow": (False, True),
        "stream": (True, True),
    }  # fmt: skip


def test_literals_and_exceptions_of_helpers_and_constants() -> None:
    found = targets(
        """
        LIMIT = 99
        UNUSED = 98
        def check(n):
            if n > 5:
                raise errors.TooLarge(n)
        def parse(n):
            check(n)
            if n < LIMIT:
                raise ValueError
            raise
        """
    )
    assert found["parse"].target.literals == (5, 99)
    assert found["parse"].target.raises == ("ValueError", "errors.TooLarge")


def test_what_cannot_be_tested() -> None:
    found = targets(
        """
        import os, socket, subprocess, random
        import urllib.request as web
        from urllib.parse import quote
        def asks(): return input("?")
        def shell(x): subprocess.run(["ls", x])
        def indirect(x): return shell(x) + 1
        def sometimes(x):
            if x:
                subprocess.run(["ls"])
            return 1
        def early(x):
            if not x:
                return 0
            subprocess.run(["ls"])
        def loads(url): return web.urlopen(url)
        def quotes(url): return quote(url)
        def catches(f):
            try:
                f()
            except subprocess.CalledProcessError:
                return 1
        def lazily(): return lambda: input()
        def runs(text): exec(text)
        def chance(): return random.random()
        def reads(path):
            with open(path) as file:
                return file.read()
        class Shape(ABC):
            def __init__(self): ...
            @abstractmethod
            def area(self): ...
            def twice(self): return 2 * self.area()
        class Square(Shape):
            def __init__(self): ...
            def area(self): return 1
        class Sized(Protocol):
            def size(self): ...
        class Client:
            def __init__(self): self.s = socket.socket()
        """
    )
    reasons = {name: one.target.untestable for name, one in found.items() if one.target.untestable}
    assert reasons == {
        "asks": "it reads what a user types",
        "shell": "it runs other programs",
        "indirect": "it runs other programs in shell",
        "loads": "it uses the network",
        "runs": "it runs a text as code",
        "Shape": "Shape is abstract",
        "Shape.area": "it is abstract",
        "Sized.size": "Sized is a protocol",
        "Client": "it uses the network",
    }
    assert found["chance"].target.effects == "it uses random"
    assert found["reads"].target.effects == "it calls open"
    assert found["sometimes"].target.effects == "it uses subprocess"
