"""The image archive: files come in from telescopes, become findable at once, and go out to people."""
