"""The levels of messages. Five are documented, in any case, and web pages know no others; programs also send
the short names of their logging libraries, which would be shown as if nothing were wrong."""

DOCUMENTED = ("debug", "info", "warning", "error", "critical")
# The telescopes' own program sends WARN.
SHORT = {"warn": "warning", "err": "error", "crit": "critical", "fatal": "critical", "trace": "debug"}


def documented(level: str) -> str:
    """The documented level for a short name; anything else as it came, documented ones in their own case."""
    return SHORT.get(level.strip().lower(), level)
