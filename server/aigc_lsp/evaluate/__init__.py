"""Measures suggestions: cases from a data set or a repository, the user's path to an answer, metrics, reports."""

from __future__ import annotations

from aigc_lsp.evaluate.guard import guarantees

__all__ = ["guarantees"]
