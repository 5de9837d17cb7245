"""A search for a better recipe in short trials: learning rate, rank, mixing. Nothing heavy is imported here."""
