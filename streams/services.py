"""`publish`: the one way in which something happens on the sockets."""

import logging
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

from streams import frames
from streams.layers import NotSent
from streams.metrics import metrics

log = logging.getLogger(__name__)


def publish(site: str, topic: str, data: Any) -> None:
    """Push `data` to everybody who watches `site`, once the current transaction has committed.

    Encoded now, so that what was true in the transaction is what is sent. A broker that does not answer
    costs the frame, never the request whose data is saved.
    """
    body = frames.encode(site, topic, data)
    transaction.on_commit(lambda: send(site, body), robust=True)


def send(site: str, body: bytes) -> None:
    """Number, keep and distribute an encoded frame now; what cannot be sent is counted."""
    try:
        number = get_channel_layer().publish(site, body)
    except NotSent as error:
        metrics.unsent += 1
        log.warning("a frame of %s was not sent: %s", site, error)
    else:
        metrics.published += 1
        log.debug("frame %d of %s", number, site)
