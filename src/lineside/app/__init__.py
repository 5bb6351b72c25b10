"""Puts the rooms together: the one place that sees everything."""
