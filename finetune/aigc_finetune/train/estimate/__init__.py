"""What a run will take, told before it starts: data, memory, steps, time. Nothing heavy is imported here."""
