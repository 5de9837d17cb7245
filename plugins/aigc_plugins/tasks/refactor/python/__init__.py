"""Refactorings of Python: rope makes the new text, what stands here decides whether it means the same. Runs apart.

All of it runs in a process of its own (`worker`), which the tasks start through their job.
"""
