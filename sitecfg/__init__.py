"""Sites: what each one is, where it stands, which devices it has."""
