"""A school yard in winter, rendered, with the truth about who was where."""
