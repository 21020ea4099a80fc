"""Excerpts of text that an outsider chose, for answers and log lines: never more than a person reads.

Names, ids, paths and parts of tokens may be as long as a request may be. Quoted whole, they would come back
in every line that mentions them.
"""

LONGEST = 200


def excerpt(value: object) -> str:
    """The text of `value`, cut to 200 characters."""
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def quoted(value: object) -> str:
    """`value` as Python writes it (text in quotes, line ends escaped), cut to 200 characters."""
    return excerpt(repr(value[:LONGEST] if isinstance(value, str) else value))


def storable(text: str) -> str:
    """`text` without what no database stores: NUL, and half a surrogate pair, each of which becomes `?`."""
    return text.encode(errors="replace").decode().replace("\0", "?")
