"""What the streams' tests share: the layer emptied, the hub of the test's event loop, raw sockets."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from channels.layers import get_channel_layer

from streams.hub import Hub, hub
from streams.layers import InProcessLayer
from streams.metrics import StreamCounts, metrics
from streams.retry_queue import retry_queue


@pytest.fixture(autouse=True)
def _counted_from_zero() -> Iterator[None]:
    yield
    retry_queue.clear()
    for name, value in StreamCounts().as_dict().items():
        setattr(metrics, name, value)


@pytest.fixture
def layer() -> Iterator[Any]:
    """The configured layer (in process, or Redis), with nothing kept."""
    layer = get_channel_layer()
    _forget_all(layer)
    yield layer
    _forget_all(layer)


@pytest.fixture
async def the_hub(layer: Any) -> AsyncIterator[Hub]:
    yield hub()
    await hub().close()


def _forget_all(layer: Any) -> None:
    if isinstance(layer, InProcessLayer):
        layer.kept.clear()
        layer.newest = 0
        return
    for key in layer.client.scan_iter(f"{layer.prefix}:*"):
        layer.client.delete(key)
    layer.newest.clear()
