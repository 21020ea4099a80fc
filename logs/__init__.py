"""Messages from an observatory to the people who watch it: kept a few days, pushed at once."""
