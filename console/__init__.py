"""The live pages: a network of observatories at work, for staff, operators and whoever is curious."""
