"""Fine-tuning: from a repository to a LoRA adapter. The pipeline itself is not built yet."""
