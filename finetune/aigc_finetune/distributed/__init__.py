"""Training in several processes, on one machine or many: how they start, and how weights are split among them."""
