"""The agent on the Raspberry Pi: doors and silhouettes, with or without a network."""
