"""Availability: when a unit may be reserved, and every free start in the city."""
