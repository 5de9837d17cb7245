"""A small shop: prices and baskets."""
