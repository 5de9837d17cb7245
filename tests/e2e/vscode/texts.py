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

# In an empty body it goes on with several lines.
OPEN_BODY = STATS[: STATS.index("def variance")] + "def variance(values: list[float]) -> float:"

TYPESCRIPT = """\
/** A first-in, first-out queue. */
export class Queue<T> {
  private items: T[] = [];

  enqueue(item: T): void {
    this.items.push(item);
  }

  dequeue(): T | undefined {
    return this.items.shift();
  }

  peek(): T | undefined {
    """

READY = "Suggestions are on"
