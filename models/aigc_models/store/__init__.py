"""The model store: which models are on this machine, fetching them, checking them. It loads no weights."""

from __future__ import annotations

from aigc_models.store.api import find, installed, locate, pull, remove, resolve
from aigc_models.store.checks import check_model
from aigc_models.store.types import (
    InstalledModel,
    ModelMissingError,
    ModelRef,
    ModelRejectedError,
    Progress,
    PullError,
    PullProgress,
    StoreError,
)

__all__ = [
    "InstalledModel", "ModelMissingError", "ModelRef", "ModelRejectedError", "Progress", "PullError", "PullProgress",
    "StoreError", "check_model", "find", "installed", "locate", "pull", "remove", "resolve",
]  # fmt: skip
