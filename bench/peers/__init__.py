"""Control panels and readers of other makers, each a program for its own environment."""
