"""Doors: who may enter, what a door is now, and how it is told to open."""
