"""What calls and methods of the standard library give back, where that is certain whatever their arguments are."""

from __future__ import annotations

CALLS = {
    **dict.fromkeys(("len", "int", "ord", "hash", "id"), "int"),
    **dict.fromkeys(("str", "repr", "ascii", "chr", "hex", "bin", "oct", "input", "format"), "str"),
    **dict.fromkeys(("bool", "isinstance", "issubclass", "hasattr", "callable", "any", "all"), "bool"),
    "float": "float",
    "bytes": "bytes",
    "bytearray": "bytearray",
    "range": "range",
    "complex": "complex",
}
FUNCTIONS = {
    **dict.fromkeys(("json.dumps", "os.getcwd", "time.strftime", "time.ctime", "textwrap.dedent"), "str"),
    **dict.fromkeys(("os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.isabs", "os.path.islink"), "bool"),
    **dict.fromkeys(("time.time", "time.monotonic", "time.perf_counter", "random.random", "random.uniform"), "float"),
    **dict.fromkeys(("math.sqrt", "math.log", "math.sin", "math.cos", "math.exp", "math.hypot"), "float"),
    **dict.fromkeys(("os.getpid", "random.randint", "random.randrange", "sys.getsizeof", "time.time_ns"), "int"),
    **dict.fromkeys(("shlex.quote", "html.escape", "html.unescape", "urllib.parse.quote"), "str"),
}
FUNCTIONS["os.urandom"] = "bytes"
_TEXT: tuple[str, ...] = (
    "lower",
    "upper",
    "strip",
    "lstrip",
    "rstrip",
    "replace",
    "title",
    "capitalize",
    "join",
    "center",
    "ljust",
)
_TEXT += ("rjust", "zfill", "swapcase", "expandtabs", "removeprefix", "removesuffix", "translate")
_TESTS = ("startswith", "endswith", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "istitle")
_COUNTS = ("find", "rfind", "index", "rindex", "count")
_PARTS = ("split", "rsplit", "splitlines")
METHODS: dict[str, dict[str, str]] = {
    "str": {
        **dict.fromkeys((*_TEXT, "casefold", "format", "format_map"), "str"),
        **dict.fromkeys((*_TESTS, "isidentifier", "isnumeric", "isdecimal", "isprintable"), "bool"),
        **dict.fromkeys(_COUNTS, "int"),
        **dict.fromkeys(_PARTS, "list[str]"),
        **dict.fromkeys(("partition", "rpartition"), "tuple[str, str, str]"),
        "encode": "bytes",
    },
    "bytes": {
        **dict.fromkeys(_TEXT, "bytes"),
        **dict.fromkeys(_TESTS, "bool"),
        **dict.fromkeys(_COUNTS, "int"),
        **dict.fromkeys(_PARTS, "list[bytes]"),
        **dict.fromkeys(("decode", "hex"), "str"),
    },
    "int": {"bit_length": "int", "bit_count": "int", "to_bytes": "bytes"},
    "float": {"is_integer": "bool", "hex": "str"},
    "list": {**dict.fromkeys(("append", "extend", "insert", "sort", "reverse", "clear"), "None"), "index": "int"},
}
# Methods that one builtin type alone has: their owner is of that type, unless a class of the project has them, too.
OWNERS = {
    **dict.fromkeys(("encode", "casefold", "isidentifier", "isnumeric", "isdecimal", "format_map"), "str"),
}
# What special methods take and give back.
SPECIAL_RETURNS = {
    **dict.fromkeys(("__str__", "__repr__", "__format__"), "str"),
    **dict.fromkeys(("__len__", "__hash__", "__index__", "__int__", "__length_hint__", "__sizeof__"), "int"),
    **dict.fromkeys(("__bool__", "__contains__", "__eq__", "__ne__"), "bool"),
    **dict.fromkeys(("__init__", "__setattr__", "__delattr__", "__setitem__", "__delitem__", "__post_init__"), "None"),
    **dict.fromkeys(("__del__", "__init_subclass__", "__set_name__"), "None"),
    "__bytes__": "bytes",
    "__float__": "float",
    "__complex__": "complex",
}
SPECIAL_PARAMETERS = {
    **{(name, 0): "object" for name in ("__eq__", "__ne__")},
    **{(name, 0): "str" for name in ("__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__format__")},
    ("__exit__", 0): "type[BaseException] | None",
    ("__exit__", 1): "BaseException | None",
    ("__aexit__", 0): "type[BaseException] | None",
    ("__aexit__", 1): "BaseException | None",
}
