"""Outages, and what is answered then: of a database, Redis, a store of files, space on a disk.

Its absence is no mistake of anybody's: callers hear one sentence and may try again.
"""

import errno
import logging

from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from photonranch.errors import ApiError, NoSpace, Unavailable

log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)


def outage(error: BaseException | None) -> ApiError | None:
    """What callers are told when `error` comes of an outage; None when it does not."""
    known = _outage(error)
    if known is not None:
        # One line: it comes with every request, and a traceback says no more.
        log.error("%s (%s: %s)", known.sentence, type(error).__name__, " ".join(str(error).split()))
    return known


def _outage(error: BaseException | None) -> ApiError | None:
    match error:
        case OperationalError() if "disk is full" in str(error):
            return NoSpace("The server has no space left for this; please try again later.")
        case OperationalError() | InterfaceError():
            return Unavailable("The database does not answer just now; please try again.")
        case RedisError():
            return Unavailable("A part of the server does not answer just now; please try again.")
        case BotoCoreError() | ClientError():
            return Unavailable("The store of files does not answer just now; please try again.")
        case OSError() if error.errno in _FULL:
            return NoSpace("The server has no space left for this; please try again later.")
    return None
