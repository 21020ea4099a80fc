"""`publish`: the one way in which something happens on the sockets."""

import logging
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

from streams import frames
from streams.layers import NotSent
from streams.metrics import metrics
from streams.retry_queue import retry_queue

log = logging.getLogger(__name__)


def publish(site: str, topic: str, data: Any) -> None:
    """Push `data` to everybody who watches `site`, once the current transaction has committed.

    Encoded now, so that what was true in the transaction is what is sent. A broker that does not answer
    delays the frame, and never fails the request whose data is saved.
    """
    body = frames.encode(site, topic, data)
    transaction.on_commit(lambda: send(site, body), robust=True)


def send(site: str, body: bytes) -> None:
    """Number, keep and distribute an encoded frame now; or later, in its turn, when Redis does not answer."""
    layer = get_channel_layer()
    if retry_queue.add(layer, site, body, behind=True):
        return
    try:
        number = layer.publish(site, body)
    except NotSent as error:
        log.warning("a frame of %s was not sent, and is kept: %s", site, error)
        retry_queue.add(layer, site, body, error.token)
    else:
        metrics.published += 1
        log.debug("frame %d of %s", number, site)
