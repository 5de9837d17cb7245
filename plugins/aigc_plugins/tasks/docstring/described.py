"""The words of a documentation comment, before anybody lays them out in a language's or file's own style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.tasks.functions import Parameter


@dataclass(frozen=True, slots=True)
class Described:
    """What is to be said of a definition. Texts are phrases without a full stop; identifiers stand in backticks.

    `summary` is in the imperative for functions. `parameters` has one text for each parameter to be documented, in
    their order; `returns` and `yields` are empty where there is nothing to say; `raises` are names with texts.
    With `of_class` the parameters are a class's fields.
    """

    summary: str
    parameters: tuple[tuple[Parameter, str], ...] = ()
    returns: str = ""
    yields: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    return_type: str = ""
    of_class: bool = False
