"""The simulated world: readers, wires, doors, phones and scenes on real protocols."""
