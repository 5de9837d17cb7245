"""Pages about code: what a piece of it does, what a file or a diff holds, and messages for commits."""
