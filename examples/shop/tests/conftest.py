import pytest

from shop.basket import Basket, Item


@pytest.fixture
def tea() -> Item:
    return Item("tea", 450)


@pytest.fixture
def basket(tea: Item) -> Basket:
    return Basket("ann", {tea: 2})
