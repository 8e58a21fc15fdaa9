"""Who may open which door and when: codes, signed manifests, and their life."""
