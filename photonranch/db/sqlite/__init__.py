"""A database backend for Django: its own for SQLite, with writers that queue up."""
