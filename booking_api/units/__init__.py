"""Units: what a resident can reserve, the spaces it takes up, and when it is open."""
