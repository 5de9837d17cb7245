"""Languages are data: every file is valid, names node types that its grammar has, and can be added by a plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask
from aigc_plugins.syntax import Language, LanguageRegistry, bundled_languages, load_language, use_languages

LANGUAGES = {language.name: language for language in bundled_languages()}


def test_the_promised_languages_are_there() -> None:
    promised = [
        "python",
        "javascript",
        "typescript",
        "tsx",
        "go",
        "rust",
        "java",
        "c",
        "cpp",
        "ruby",
        "lua",
        "bash",
        "json",
    ]
    assert sorted(LANGUAGES) == sorted(promised)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_node_types_exist_in_the_grammar(name: str) -> None:
    language = LANGUAGES[name]
    fields = ("comment_nodes", "string_nodes", "embedded_code_nodes", "definition_nodes", "block_nodes")
    missing = [
        kind for key in fields for kind in getattr(language, key) if not language.grammar.id_for_node_kind(kind, True)
    ]
    assert missing == []


SAMPLES = {
    "python": "async def f(a):\n    return a\n",
    "javascript": "export const f = (a) => {\n  return a;\n};\n",
    "typescript": "interface A {\n  a: string;\n}\n",
    "tsx": "export function A() {\n  return <b>{x}</b>;\n}\n",
    "go": "package a\n\nfunc f(a int) int {\n\treturn a\n}\n",
    "rust": "pub fn f(a: i32) -> i32 {\n    a\n}\n",
    "java": "public class A {\n    public int f(int a) {\n        return a;\n    }\n}\n",
    "c": "static int f(int a)\n{\n    return a;\n}\n",
    "cpp": "template <class T> T f(T a) {\n  return a;\n}\n",
    "ruby": "def f(a)\n  a\nend\n",
    "lua": "local function f(a)\n  return a\nend\n",
    "bash": "f() {\n  echo hi\n}\n",
    "json": '{\n  "a": [1, 2]\n}\n',
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_parses_and_its_definition_is_found(name: str) -> None:
    from aigc_plugins.syntax import SyntaxTree

    language = LANGUAGES[name]
    assert SyntaxTree(language, SAMPLES[name]).errors() == 0
    assert language.definitions(SAMPLES[name], 0, len(SAMPLES[name])) != []


@pytest.mark.parametrize(
    ("language_id", "path", "expected"),
    [
        ("python", None, "python"),
        ("typescriptreact", None, "tsx"),
        ("", "a/b.TSX", "tsx"),
        ("shellscript", "x", "bash"),
        ("", "Rakefile", "ruby"),
        ("", "x.unknown", None),
    ],
)
def test_language_is_found_by_id_then_by_path(language_id: str, path: str | None, expected: str | None) -> None:
    found = LanguageRegistry(LANGUAGES.values()).find(language_id, Path(path) if path else None)
    assert (found.name if found else None) == expected


def test_a_later_language_wins_over_a_bundled_one() -> None:
    mine = Language(name="mine", module="m", extensions=(".py",))
    found = LanguageRegistry([*LANGUAGES.values(), mine]).find("", Path("a.py"))
    assert found is mine


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'\nmodule = 'm'\ncolour = 1\n", "colour"),
        ("name = 'x'\n", "module"),
        ("name = 'x'\nmodule='m'\nopener='('\n", "opener"),
        ("x = = 1", "lang.toml"),
    ],
)
def test_bad_language_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "lang.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_language(path)


def test_grammars_are_imported_only_when_they_are_needed() -> None:
    code = (
        "import sys; from aigc_plugins.document import Document; import aigc_plugins.inline;"
        "d = Document('file:///a.py', 'python', 'x = 1'); d.apply(0, 0, 'y'); d.snapshot();"
        "assert not [m for m in sys.modules if m.startswith('tree_sitter')], 'early';"
        "d.tree.root;"
        "assert [m for m in sys.modules if m.startswith('tree_sitter_')] == ['tree_sitter_python'] or"
        " {m.split('.')[0] for m in sys.modules if m.startswith('tree_sitter_')} == {'tree_sitter_python'}"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("module", ["a_wheel_that_is_not_there", "json"], ids=["absent", "no grammar in it"])
def test_language_whose_grammar_cannot_be_used_is_completed_by_text_alone(module: str) -> None:
    use_languages([Language(name="odd", module=module, line_comment="#")])
    try:
        snapshot = Document("untitled:x", "odd", "say \n").snapshot()
        prepared = InlineCompletionTask().prepare(snapshot, 4)
        assert prepared is not None
        judge = prepared.judge()
        judge.feed("hello\n")
        found = judge.finish()
        assert found is not None
        assert found.text == "hello"
    finally:
        use_languages(bundled_languages())
