"""HUME: how well people do the tasks that text-embedding models are scored on, and the gap."""

__version__ = "0.1.0"
