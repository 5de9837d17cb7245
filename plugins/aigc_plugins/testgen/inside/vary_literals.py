"""Changes a number, a text or another constant a little, or to what the code under test compares with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from aigc_plugins.testgen.inside.generate_values import Values

_LONGEST = 400


def tweaked(value: Any, values: Values) -> Any:
    """Return another constant, mostly of the same type."""
    generator = values.random
    if generator.random() < 0.02:
        return generator.choice((0, 1, "", "a", None, True, 1.5, -1))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return _integer(value, values)
    if isinstance(value, float):
        return _float(value, values)
    if isinstance(value, str):
        return text(value, values)
    if isinstance(value, bytes):
        return text(value.decode("latin-1"), values).encode("utf-8", "replace")
    return generator.choice((0, 1, "a", True, None))


def _integer(value: int, values: Values) -> int:
    generator = values.random
    way = generator.random()
    if way < 0.5:
        return generator.choice((value + 1, value - 1, -value, 2 * value, value // 2, 0, value + 10, value * 10))
    pool = values.dynamic if way < 0.7 else values.numbers
    if pool and way < 0.9:
        return int(generator.choice(pool))
    return generator.choice((0, 1, 2, 3, -1, 10, 100, 255, 2**31, generator.randint(-100, 100)))


def _float(value: float, values: Values) -> float:
    generator = values.random
    way = generator.random()
    if way < 0.6:
        return generator.choice(
            (value + 1, value - 1, -value, value * 2, value / 2, 0.0, float(round(value, 1) or 0.5))
        )
    pool = [*values.dynamic, *values.numbers]
    return float(generator.choice(pool)) if pool and way < 0.9 else generator.choice((0.5, 1.0, 1e-3, 1e9, -2.0))


def text(value: str, values: Values) -> str:
    """Return a text with something put in, left out, repeated or replaced."""
    generator = values.random
    way = generator.random()
    if way < 0.15 or len(value) > _LONGEST:
        return values.texts.one()
    start, end = _slice(value, generator)
    if way < 0.40:
        return value[:start] + values.texts.piece() + value[start:]
    if way < 0.55:
        return value[:start] + value[end:]
    if way < 0.70:
        return value[:start] + values.texts.piece() + value[end:]
    if way < 0.78:
        return value[:end] + value[start:]
    if way < 0.86:
        return generator.choice((value + values.texts.piece(), values.texts.piece() + value))
    if way < 0.91:
        return generator.choice(
            (value.upper(), value.lower(), value.swapcase(), value.strip(), f" {value} ", value * 2)
        )
    if way < 0.96:
        return value + generator.choice((" ", "\n", "")) + values.texts.one()
    return value[:start] + chr(generator.choice((10, 32, 48, 65, 97, 233, 8364))) + value[end:]


def _slice(value: str, generator: random.Random) -> tuple[int, int]:
    """Return a place in the text, and one a little behind it."""
    start = generator.randint(0, len(value))
    return start, min(start + generator.choice((1, 1, 1, 2, 3, 8)), len(value))
