"""How much the yards and rooms are used: counts, crossings and heat maps."""
