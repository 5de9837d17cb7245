"""What a customer wants to buy."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """Something to buy; the price is in cents."""

    name: str
    price: int


class BasketClosedError(Exception):
    """The basket was paid for."""


@dataclass
class Basket:
    """Items with how many of each."""

    owner: str
    items: dict[Item, int] = field(default_factory=dict)
    paid: bool = False

    def add(self, item: Item, count: int = 1) -> int:
        """Add items and return how many of them there are now."""
        if self.paid:
            raise BasketClosedError(f"{self.owner} has paid")
        if count < 1:
            raise ValueError("add at least one")
        self.items[item] = self.items.get(item, 0) + count
        return self.items[item]

    def remove(self, item: Item) -> None:
        """Take one of an item out; the last one takes the item out."""
        left = self.items[item] - 1
        if left:
            self.items[item] = left
        else:
            del self.items[item]

    @property
    def total(self) -> int:
        """The price of all in cents; from ten pieces on, 5 percent are off."""
        pieces = sum(self.items.values())
        total = sum(item.price * count for item, count in self.items.items())
        return total * 95 // 100 if pieces >= 10 else total
