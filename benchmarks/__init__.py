"""Benchmarks of HUME: `python -m benchmarks.annotate` times the annotator's screen."""
