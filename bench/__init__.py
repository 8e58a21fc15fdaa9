"""Repeatable measurements beside contestants and limits: `python -m bench NAME`."""
