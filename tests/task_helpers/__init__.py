"""Runs a task without a server: what plugin authors have for that, under a shorter name."""

from __future__ import annotations

from aigc_plugins.testing import FakeJob, applied, place, prompt_text

__all__ = ["FakeJob", "applied", "place", "prompt_text"]
