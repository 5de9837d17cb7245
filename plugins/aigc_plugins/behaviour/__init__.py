"""Tells whether a rewritten Python function behaves as before, by its tests and by calls in the sandbox.

Who rewrote it, and what follows, is not known here. Names are loaded when they are asked for, because the runner in the
sandbox imports this package, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_plugins.behaviour.compare import Behaviour, rewritten, same_behaviour
    from aigc_plugins.behaviour.verdict import Verdict

__all__ = ["Behaviour", "Verdict", "rewritten", "same_behaviour"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{'verdict' if name == 'Verdict' else 'compare'}"), name)
