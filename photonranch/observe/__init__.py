"""What the server says of itself: request ids, logs, metrics, and whether it is ready to serve."""
