"""What holds for every test: what one of them writes logs to is closed by the time the next one runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _logs_end_with_the_test() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        if type(handler) is logging.StreamHandler and handler not in before:  # not pytest's own, which derive from it
            root.removeHandler(handler)
            root.setLevel(level)
