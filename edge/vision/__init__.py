"""Silhouettes: how many people use a yard and where, without keeping a picture."""
