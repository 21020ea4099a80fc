"""PostgreSQL as a server needs it: an outage is noticed soon, answered soon, and over soon. See `base`."""
