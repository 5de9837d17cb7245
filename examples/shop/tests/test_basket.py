from shop.basket import Basket, Item


def test_the_total_is_in_cents(basket: Basket) -> None:
    assert basket.total == 900


def test_one_more(basket: Basket, tea: Item) -> None:
    assert basket.add(tea) == 3
