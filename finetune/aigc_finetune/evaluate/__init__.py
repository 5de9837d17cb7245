"""What a model has learnt, from its own side: likelihoods, lines, classes of tokens, secrets that it gives away."""
