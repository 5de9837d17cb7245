"""Refactorings that keep what a file means, each proved; they give training more ways to write the same code."""

from aigc_finetune.augment.refactor.variants import Refactoring, Variants, refactored

__all__ = ["Refactoring", "Variants", "refactored"]
