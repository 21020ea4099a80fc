"""`make fuzz`: awkward requests to a running server. What it must never answer: answers.py."""
