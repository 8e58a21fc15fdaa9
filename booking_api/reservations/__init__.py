"""Reservations: a person takes a unit for a time, and no two take the same leaf."""
