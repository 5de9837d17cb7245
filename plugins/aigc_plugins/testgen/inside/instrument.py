"""Compiles a module's text with probes in its functions and all its mutants in it at once; running it is for `loaded`.

A mutant is an alternative beside what is written, chosen by a number at run time (mutant schemata, Untch 1993), so that
trying one takes a call and no import. With no mutant active the module does what the plain one does: no local name is
added, everything is evaluated once and in the same order, docstrings and lines stay, and code that runs on import,
bodies of classes, annotations and decorators are not touched.
"""

from __future__ import annotations

import ast
import sys
import types
import warnings
from dataclasses import dataclass

from aigc_plugins.testgen.inside import mutants
from aigc_plugins.testgen.inside.instrument_statements import Rewriter
from aigc_plugins.testgen.inside.mutants_nodes import replaced
from aigc_plugins.testgen.scenario import Branch, Mutant

_DEEP = 20_000


@dataclass(frozen=True)
class Instrumented:
    """A module's code to run, with branches and mutants, both numbered from 1 in the order of the text.

    `places[m - 1]` is the place of the mutant `m`, below `place_count`. `watched` are the places that compare values,
    `loops` the branches that are rounds of a loop. Mutants in `on_import` change what runs on import; such a change
    may show in the functions named there, in any where none is named.
    """

    code: types.CodeType
    branches: tuple[Branch, ...]
    mutants: tuple[Mutant, ...]
    places: tuple[int, ...]
    place_count: int
    watched: frozenset[int]
    loops: frozenset[int]
    on_import: dict[int, tuple[str, ...]]


def instrument(text: str, file: str, most_mutants: int = mutants.MOST_MUTANTS) -> Instrumented:
    """Return a module's code with probes and mutants; the same text gives the same numbers.

    Raises:
        SyntaxError, ValueError: the text is no Python.
    """
    tree = ast.parse(text.removeprefix("\ufeff"), file)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # alternatives such as `1 is x` are meant
            return _compiled(tree, file, most_mutants)
    finally:
        sys.setrecursionlimit(limit)


def _compiled(tree: ast.Module, file: str, most: int) -> Instrumented:
    try:
        found = mutants.find(tree, most)
        rewriter = Rewriter(found)
        new = replaced(tree, body=rewriter.outside(tree.body))
        code = compile(new, file, "exec", dont_inherit=True)
    except (RecursionError, MemoryError):  # generated code, deeper than can be rewritten: it runs as it is
        return Instrumented(compile(tree, file, "exec", dont_inherit=True), (), (), (), 0, frozenset(), frozenset(), {})
    return Instrumented(
        code,
        tuple(rewriter.branches),
        tuple(rewriter.mutants),
        tuple(rewriter.places),
        rewriter.place_count,
        frozenset(rewriter.watched),
        frozenset(rewriter.loops),
        rewriter.readers,
    )
