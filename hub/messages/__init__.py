"""Text messages of the city: the code on its way to its holder, and proof it came."""
