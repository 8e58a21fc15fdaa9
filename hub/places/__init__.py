"""The city's sites: buildings, doors, nodes, places that can be booked, and the way in."""
