"""Adapters merged with each other, and ensembles of them. It imports nothing heavy by itself."""
