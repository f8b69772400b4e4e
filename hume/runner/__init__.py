"""The runner: a model answers the items of tasks, and what it said is stored."""
