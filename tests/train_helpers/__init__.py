"""What tests of training share: a tiny model, data and runs."""
