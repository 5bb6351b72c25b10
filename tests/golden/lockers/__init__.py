"""Exchanges between boards and server, byte for byte."""
