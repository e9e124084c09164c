"""Lightbrush: draw on the left, an AI renders your picture on the right while your hand still moves."""

__version__ = "0.1.0"
