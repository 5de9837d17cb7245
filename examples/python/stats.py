"""Small statistics helpers."""

import math


def mean(values: list[float]) -> float:
    """Return the arithmetic mean of values."""
    return sum(values) / len(values)


def variance(values: list[float]) -> float:
    """Return the population variance of values."""
    average = mean(values)
    return sum((value - average) ** 2 for value in values) / len(values)


def standard_deviation(values: list[float]) -> float:
    """Return the square root of the variance."""
    return math.sqrt(variance(values))


def median(values: list[float]) -> float:
    """Return the middle value, or the mean of the two middle values."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
