"""Answers of servers that are not ours: read within a time and a size, whatever they do.

A timeout of urllib3 (as of most clients) begins anew with every piece: who sends a byte now and then is
never too late by it.
"""

import time

import urllib3

PIECE = 65_536


class TooLong(Exception):
    """The answer is too large, or takes too long."""


def read_in_time(answer: urllib3.BaseHTTPResponse, deadline: float, max_bytes: int) -> bytes:
    """The body of an answer that was asked for with `preload_content=False`.

    `deadline` is a time of the monotonic clock. Raises TooLong, and what urllib3 raises.
    """
    text = bytearray()
    while piece := answer.read1(PIECE):
        text += piece
        if len(text) > max_bytes or time.monotonic() > deadline:
            raise TooLong
    return bytes(text)
