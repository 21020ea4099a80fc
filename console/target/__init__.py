"""The pages of targets: a search, and one target over all sites."""
