"""The local page of the simulated world, and the journal that it shows."""
