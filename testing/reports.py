"""Reports of tests, as they go from one process to another."""

from typing import Any


def encodable(data: Any) -> Any:
    """`data` with half surrogate pairs in its texts written as escapes, as our own log lines have them."""
    match data:
        case str():
            return data if data.isascii() else data.encode(errors="backslashreplace").decode()
        case dict():
            return {encodable(key): encodable(value) for key, value in data.items()}
        case list():
            return list(map(encodable, data))
        case tuple():
            return tuple(map(encodable, data))
    return data
