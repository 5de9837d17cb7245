"""Simplifying by rules in languages other than Python: what they change, and what they leave alone."""

from __future__ import annotations

import pytest

from aigc_plugins.api import WithheldError
from aigc_plugins.syntax import SyntaxTree
from aigc_plugins.tasks.rewrite import SimplifyTask
from task_helpers import FakeJob, applied, place

JS = "function f(a, b) {{\n{}\n}}\n"
JAVA = "class A {{\n  boolean f(int a, int b) {{\n{}\n  }}\n}}\n"
GO = "package p\n\nfunc f(a, b int) bool {{\n{}\n}}\n"
TS = "const f = (a: number, b: number): boolean => {{\n{}\n}};\n"

CHANGED = [
    (JS, "javascript", "  if (a === b) {\n    return true;\n  } else {\n    return false;\n  }", "  return a === b;"),
    (JS, "javascript", "  if (a < b) {\n    return false;\n  }\n  return true;", "  return !(a < b);"),
    (JS, "javascript", "  if (a == b && !a) return true;\n  else return false;", "  return a == b && !a;"),
    (JS, "javascript", "  return !(a == b);", "  return a != b;"),
    (JS, "javascript", "  return c(a < b ? true : false);", "  return c(a < b);"),
    (JS, "javascript", "  if (!!a) { g(); }", "  if (a) { g(); }"),
    (JS, "javascript", "  while ((a < b) === true) { g(); }", "  while (a < b) { g(); }"),
    (JS, "javascript", "  return x + ((a < b) == false);", "  return x + (!(a < b));"),
    (
        JS,
        "javascript",
        "  if (a) {\n    return g();\n  } else {\n    h();\n    k(\n      1,\n    );\n  }",
        "  if (a) {\n    return g();\n  }\n  h();\n  k(\n    1,\n  );",
    ),
    (TS, "typescript", "  if (a !== b) {\n    return true;\n  }\n  return false;", "  return a !== b;"),
    (
        JAVA,
        "java",
        "    if (!(a == b)) {\n      return true;\n    } else {\n      return false;\n    }",
        "    return a != b;",
    ),
    (JAVA, "java", "    return a < b ? false : true;", "    return !(a < b);"),
    (JAVA, "java", "    return !!(a < b);", "    return (a < b);"),
    (GO, "go", "\tif a == b {\n\t\treturn false\n\t}\n\treturn true", "\treturn a != b"),
    (
        GO,
        "go",
        "\tif a < b {\n\t\treturn g()\n\t} else {\n\t\th()\n\t}\n\treturn k()",
        "\tif a < b {\n\t\treturn g()\n\t}\n\th()\n\treturn k()",
    ),
    (GO, "go", "\treturn (a < b) == true", "\treturn a < b"),
]  # fmt: skip
KEPT = [
    (JS, "javascript", "  a\n  !(a === b) && g()"),  # `a (a !== b)` would be a call
    (JS, "javascript", "  if (a) {\n    return 1\n  } else {\n    b\n  }\n  (g)()"),  # `b (g)()` too
    (JS, "javascript", "  if (a) {\n    return true;\n  }\n  return false;"),  # a may be anything
    (JS, "javascript", "  if (a && b) {\n    return true;\n  }\n  return false;"),
    (JS, "javascript", "  return !!a;"),
    (JS, "javascript", "  return !(a < b);"),  # NaN
    (JS, "javascript", "  return a == true;"),  # '1' == true
    (JS, "javascript", "  if (a === b) {\n    // why\n    return true;\n  }\n  return false;"),
    (JS, "javascript", "  if (a) {\n    return 1;\n  } else {\n    const b = 2;\n    return b;\n  }"),
    (JS, "javascript", "  if (a) {\n    return 1;\n  } else {\n    return `x\n    y`;\n  }"),
    (JS, "javascript", "  if (a) {\n    return 1;\n  } else if (b) {\n    return 2;\n  } else {\n    return 3;\n  }"),
    (JS, "javascript", "  if (a) {\n    g();\n  } else {\n    h();\n  }"),
    (JS, "javascript", "  if (a)\n    if (b) return 1;\n    else return 2;"),
    (GO, "go", "\tif c := g(); c == a {\n\t\treturn true\n\t}\n\treturn false"),
    (GO, "go", "\tif c := g(); c == a {\n\t\treturn g()\n\t} else {\n\t\treturn h(c)\n\t}"),
    (JAVA, "java", "    if (a < b) {\n      return g();\n    } else {\n      int c = 1;\n      return h(c);\n    }"),
    (
        JAVA,
        "java",
        '    if (a < b) {\n      return g();\n    } else {\n      return h("""\n      x\n      """);\n    }',
    ),
]


@pytest.mark.parametrize(("frame", "language", "before", "after"), CHANGED)
def test_rules_keep_the_meaning(frame, language, before, after):
    here = place(frame.format(before), language, at="f|" if language != "typescript" else "=>| ")
    result = SimplifyTask().run(here, FakeJob(language=language))
    text = applied(here, result)
    assert text == frame.format(after)
    assert not SyntaxTree(here.snapshot.language, text).errors()
    assert result.note.startswith("By rules that keep the meaning: ")


@pytest.mark.parametrize(("frame", "language", "text"), KEPT)
def test_what_might_mean_something_else_stays(frame, language, text):
    here = place(frame.format(text), language, at="f|")
    with pytest.raises(WithheldError, match="nothing to simplify"):
        SimplifyTask().run(here, FakeJob(language=language))


def test_only_the_function_at_the_cursor_changes():
    body = "  return !(a == b);\n"
    here = place(f"function g(a, b) {{\n{body}}}\n{JS.format('  return !(a == b);')}", "javascript", at="function f|")
    text = applied(here, SimplifyTask().run(here, FakeJob()))
    assert text == f"function g(a, b) {{\n{body}}}\n{JS.format('  return a != b;')}"
