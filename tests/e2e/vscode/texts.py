"""Files in which the embedded model has something to suggest."""

# After `return ` it goes on with a call: `math.sqrt(…)`, on one line.
STATS = '''\
"""Small statistics helpers."""

import math


def mean(values: list[float]) -> float:
    """Return the arithmetic mean of values."""
    return sum(values) / len(values)


def variance(values: list[float]) -> float:
    """Return the population variance of values."""
    average = mean(values)
    '''
STATS_END = (14, 5)  # line and column behind its last character, both from one

READY = "Suggestions are on"
