"""The record that the law wants of each camera, and the permit that goes out while it is whole."""
