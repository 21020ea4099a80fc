"""What telescopes shall observe by themselves, and how far they have come with it."""
