"""Space booking: units, free time, reservations that the database itself keeps apart."""
