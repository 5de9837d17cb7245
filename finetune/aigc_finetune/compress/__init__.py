"""Smaller models: pruning with recovery, distillation, and their figures. It imports nothing heavy by itself."""
