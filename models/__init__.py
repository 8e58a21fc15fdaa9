"""The silhouette net: data, training, evaluation (later parts)."""
