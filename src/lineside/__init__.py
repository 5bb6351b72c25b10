"""lineside joins the machines beside the line to the people and systems that need them."""

__version__ = "0.1.0"
