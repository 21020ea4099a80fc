"""Observatories that are not there, and speak to the server as real ones do: for trying, testing, load."""
