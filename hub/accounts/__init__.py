"""The people of the service, and how they sign in."""
