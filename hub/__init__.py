"""The city's server: people, places, access, doors, activity."""
