"""Views of the sites, by noun."""
