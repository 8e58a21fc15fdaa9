"""What every door of the city is now, what happened there, and who has to look."""
