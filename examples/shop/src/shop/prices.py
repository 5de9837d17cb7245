"""Prices as people write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP"}


def parse_price(text: str) -> tuple[Decimal, str]:
    """Return the amount and the currency of a price.

    >>> parse_price("12.50 EUR")
    (Decimal('12.50'), 'EUR')
    >>> parse_price("$3")
    (Decimal('3'), 'USD')

    Raises:
        ValueError: it is no price.
    """
    text = text.strip()
    currency = "EUR"
    for sign, code in CURRENCIES.items():
        if text.startswith(sign):
            text, currency = text[len(sign) :].strip(), code
            break
        if text.upper().endswith(code):
            text, currency = text[: -len(code)].strip(), code
            break
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no price") from None
    if amount < 0:
        raise ValueError("a price is not negative")
    return amount, currency


def with_discount(price: Decimal, percent: int) -> Decimal:
    """Return a price after a discount, rounded to cents.

    >>> with_discount(Decimal("20.00"), 25)
    Decimal('15.00')
    >>> with_discount(Decimal("9.99"), 50)
    Decimal('4.99')
    """
    if not 0 <= percent <= 100:
        raise ValueError("a discount is from 0 to 100 percent")
    return (price * (100 - percent) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def shipping(total: float, country: str = "DE", express: bool = False) -> float:
    """Return what it costs to send a parcel."""
    if country == "DE":
        cost = 0.0 if total >= 50 else 4.9
    elif country in ("AT", "CH", "FR"):
        cost = 9.9 if total < 100 else 4.9
    else:
        cost = 19.9
    return cost + 6.5 if express else cost
