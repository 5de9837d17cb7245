"""Runs programs that nobody vouches for: no network, no writes outside of one folder, limits, nothing left behind.

What is run, and what its output means, is the caller's. Names are loaded when they are asked for, because the launcher
inside of the sandbox imports this package, too, and has no use for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_plugins.sandbox.limits import Limits, Outcome, Rung, SandboxUnavailableError
    from aigc_plugins.sandbox.run import Sandbox
    from aigc_plugins.sandbox.rungs import which_rung

__all__ = ["Limits", "Outcome", "Rung", "Sandbox", "SandboxUnavailableError", "which_rung"]

_MODULES = {"Sandbox": "run", "which_rung": "rungs"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'limits')}"), name)
