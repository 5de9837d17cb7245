"""The record of what became of suggestions, and what is learnt from it: which ones are better not shown."""
