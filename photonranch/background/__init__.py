"""Work behind the scenes: the broker, beat, and both in the server's own process."""
