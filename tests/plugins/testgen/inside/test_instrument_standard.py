"""Modules of the standard library do the same instrumented; their mutants do what the written ones do."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .instrumented import Both

CALLS = {
    "textwrap": "(wrap('The quick brown fox jumped over', 11), dedent('  a\\n   b\\n'), indent('x\\n\\ny', '> '),"
    " shorten('Hello  world!', 11), fill('a-b c', 2, initial_indent='*'))",
    "shlex": "(split('a \"b c\" d\\\\ e # f', comments=True), quote(\"it's\"), join(['a b', 'c']),"
    " list(shlex('x=1; y && z', punctuation_chars=True)))",
    "heapq": "(nlargest(2, [5, 1, 8, 3]), nsmallest(3, 'hello', key=ord), list(merge([1, 4], [2, 3], [])),"
    " (lambda h: (heapify(h), heappop(h), h))([3, 1, 2]))",
    "colorsys": "(rgb_to_hls(.2, .4, .6), hls_to_rgb(.5, .3, .8), rgb_to_hsv(1, .5, 0), hsv_to_rgb(.7, .2, .9))",
    "fractions": "(Fraction('3/7') + Fraction(1.5), Fraction(22, 7).limit_denominator(5), -Fraction(-6, 4) // 1,"
    " Fraction(5, 3) ** 2 > 2, round(Fraction(7, 2)), str(Fraction(4, 2)), hash(Fraction(1, 3)))",
    "string": "(capwords('a  bC'), Template('$a and ${b} $$').safe_substitute(a=1), Formatter().format('{0:>5}', 1))",
    "graphlib": "list(TopologicalSorter({'d': {'b', 'c'}, 'b': {'a'}, 'c': {'a'}}).static_order())[::3]",
    "fnmatch": "(translate('a*[!b]?.py'), filter(['a.py', 'b.txt'], '*.py'), fnmatchcase('A', 'a'))",
    "statistics": "(median([1, 3, 2]), pvariance([1, 2, 4]), mode('aab'), quantiles([1, 2, 3, 4]), fmean([1, 2]))",
    "difflib": "(list(unified_diff('one two'.split(), 'one three'.split())), get_close_matches('appel', ['ape']),"
    " SequenceMatcher(None, 'abxcd', 'abcd').get_opcodes())",
    "calendar": "(monthrange(2024, 2), isleap(1900), TextCalendar(6).formatmonth(2023, 5), leapdays(1990, 2001))",
    "html.parser": "(lambda p: (p.feed('<a x=1>b &amp; c</a><!-- d --><br/>'), p.close(), p.getpos()))(HTMLParser())",
    "urllib.parse": "(urlsplit('http://u:p@h:80/a;b?c=d#e').port, parse_qs('a=1&b=&a=2', True), quote('a b/ü'),"
    " urljoin('http://a/b/c', '../d'), unquote('%C3%BC'), urlencode({'k': [1, 2]}, doseq=True))",
    "json.decoder": '(JSONDecoder().decode(\'[1, {"a": null, "b": "\\\\u00e9"}, -2.5e3, true]\'))',
    "json.encoder": "(JSONEncoder(indent=1, sort_keys=True).encode({'b': [1.5, None, 'é'], 'a': {}}))",
    "copy": "(deepcopy({'a': [1, (2, {3})]}), copy([1]), deepcopy((1, [2])))",
    "csv": "(Sniffer().sniff('a;b\\n1;2\\n').delimiter, Sniffer().has_header('a,b\\n1,2\\n3,4\\n'))",
}
# Of these, each mutant is compared with the text in which it is written.
THOROUGH = ("textwrap", "heapq", "colorsys", "graphlib", "string")


def both(name: str) -> Both:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Both(Path(spec.origin).read_text(encoding="utf-8"), f"instrumented_{name.replace('.', '_')}")


@pytest.mark.parametrize("name", CALLS)
def test_calls_give_the_same(name: str) -> None:
    module = both(name)
    expected = module.run_plain(CALLS[name])
    assert expected[0].startswith(("(", "[", "'"))
    assert module.run(CALLS[name]) == expected
    module.loaded.watch_comparisons = True
    assert module.run(CALLS[name]) == expected
    assert module.loaded.taken()


@pytest.mark.parametrize("name", THOROUGH)
def test_mutants_do_what_their_text_says(name: str) -> None:
    module = both(name)
    plain = module.run(CALLS[name])
    reached, killed = module.loaded.reached(), 0
    for mutant in [one for one in module.loaded.mutants if one.number in reached][::5]:
        seen = module.run(CALLS[name], mutant.number)
        if seen == "endless" or "…" in mutant.before + mutant.after:
            continue
        assert seen == module.run_text(mutant, CALLS[name]), mutant
        killed += seen != plain
    assert killed > 10


@pytest.mark.parametrize("name", ["textwrap", "shlex", "argparse", "dataclasses", "enum", "functools", "configparser"])
def test_the_librarys_own_tests_pass(name: str, tmp_path: Path) -> None:
    """In a process of its own, where the module is loaded in place of the plain one."""
    pytest.importorskip(f"test.test_{name}")
    code = f"""
import importlib.util, unittest
from aigc_plugins.testgen.inside.loaded import load
spec = importlib.util.find_spec({name!r})
with open(spec.origin, encoding="utf-8") as file:
    loaded = load(file.read(), {name!r}, spec.origin)
suite = unittest.defaultTestLoader.loadTestsFromName("test.test_{name}")
result = unittest.TextTestRunner(verbosity=0).run(suite)
assert result.testsRun > 10 and len(loaded.taken()) > 100
raise SystemExit(len(result.failures) + len(result.errors))
"""
    import aigc_plugins

    path = str(Path(inspect.getfile(aigc_plugins)).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
