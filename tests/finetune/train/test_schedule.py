"""Learning rate schedules by their shape."""

from __future__ import annotations

import pytest

from aigc_finetune.recipe import TrainSection
from aigc_finetune.train.schedule import factor


def test_cosine_rises_and_falls_to_zero() -> None:
    section = TrainSection(schedule="cosine", warmup=0.1)
    assert factor(section, 0.05) == pytest.approx(0.5)
    assert factor(section, 0.1) == pytest.approx(1.0)
    assert factor(section, 0.55) == pytest.approx(0.5)
    assert factor(section, 1.0) == pytest.approx(0.0)


def test_wsd_stays_and_falls_over_its_last_part() -> None:
    section = TrainSection(schedule="wsd", warmup=0.1, decay=0.2)
    assert factor(section, 0.5) == 1.0
    assert factor(section, 0.79) == 1.0
    assert factor(section, 0.9) == pytest.approx(0.5)
    assert factor(section, 1.0) == pytest.approx(0.0)


def test_constant_stays() -> None:
    section = TrainSection(schedule="constant", warmup=0.0)
    assert [factor(section, done) for done in (0.0, 0.5, 1.0, 2.0)] == [1.0] * 4
