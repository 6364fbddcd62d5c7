"""What is lost when something breaks: real processes, faults, and a count of what clients saw.

`python -m tests.chaos` runs all faults, `pytest tests/chaos` a few short ones. The folder is a small Django app of its
own, on `realtime` alone.
"""
