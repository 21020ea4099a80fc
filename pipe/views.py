"""The documented endpoints of the PIPE queue service, and what goes beyond: leases, waiting, batches."""

from collections.abc import Callable

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.long_poll import instead_wait
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import pipe_writer
from photonranch.errors import NotFound
from photonranch.excerpts import excerpt
from pipe import serializers, services
from pipe.models import Item, Machine, Queue, Sample, now_ms
from pipe.waiting import ForItem

no_queue = OpenApiResponse(OpenApiTypes.STR, description="No such queue.")
no_lease = OpenApiResponse(OpenApiTypes.STR, description="The receipt is unknown or its lease has ended.")
an_item = {"image_path": "s3://bucket/path/to/image.fits", "process_type": "calibration"}


def meant_by(tail: str, exists: Callable[[str], bool]) -> str:
    """The name that the end of a path means: as it stands if there is one, or with its slashes tidied.

    Names may have slashes wherever they like, and clients add some at the end or double them.
    """
    plain = "/".join(part for part in tail.split("/") if part)
    return tail if tail == plain or exists(tail) else plain


def queue_meant_by(tail: str) -> str:
    return meant_by(tail, lambda name: Queue.objects.filter(name=name).exists())


def machine_meant_by(tail: str) -> str:
    return meant_by(tail, lambda name: Machine.objects.filter(pk=name).exists())


# --- Queues ------------------------------------------------------------------------------------------------


class NewQueueView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="Create a queue",
        request=serializers.NewQueue,
        responses={
            200: serializers.PipeMessage,
            400: BAD_REQUEST,
            409: OpenApiResponse(OpenApiTypes.STR, description="There is one of this name."),
        },
        examples=[OpenApiExample("a queue", value={"queue_name": "image-processing"}, request_only=True)],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """One that is named after a site comes into being with its first item, without this."""
        body = validated(serializers.NewQueue, body_of(request))
        pipe_writer(request)
        queue = services.create_queue(body["queue_name"])
        return Response({"message": f"Queue created: {queue.name}"})


class QueuesView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="All queues with the number of items that wait",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, description='`{"queue1": 0, "queue2": 3}`; empty: 0.')
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Items that a consumer holds on lease do not count."""
        return Response(Queue.objects.with_counts(now_ms()))


class DepthsView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="How deep the queues were, minute by minute",
        parameters=[serializers.Hours],
        responses={200: serializers.Depths, 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Noted once a minute and kept for two days. A queue that was empty all the time is left out."""
        hours = validated(serializers.Hours, request.query_params.dict())["hours"]
        return Response(serializers.depths_object(Sample.objects.since(now_ms() - int(hours * 3_600_000))))


class LeasesView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="What consumers are working on",
        responses={200: serializers.LeasedItem(many=True)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The lease that ends first first, at most 1000; without payloads, and never with a receipt."""
        return Response([serializers.leased_object(item) for item in Item.objects.under_way(now_ms())])


class DeadView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="What was tried too often",
        responses={200: serializers.LeasedItem(many=True)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The items of all queues `….dead`, the newest first, at most 1000; without payloads."""
        return Response([serializers.leased_object(item) for item in Item.objects.newest_dead()])


class QueueView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="Look at the oldest items, without removing",
        parameters=[serializers.Peek],
        responses={200: serializers.ItemObject(many=True), 400: BAD_REQUEST, 404: no_queue},
        auth=[],
    )
    def get(self, request: Request, queue_name: str) -> Response:
        """Oldest first. Items that a consumer holds on lease are not among them."""
        limit = validated(serializers.Peek, request.query_params.dict())["limit"]
        name = queue_meant_by(queue_name)
        found = Item.objects.waiting(name, limit, now_ms())
        if not found and not services.is_known(name):
            raise NotFound(f"There is no queue {excerpt(name)}.")
        return Response([serializers.item_object(item, name) for item in found])

    @extend_schema(
        tags=["pipe"],
        summary="Delete a queue and all its items",
        responses={200: serializers.PipeMessage, 404: no_queue},
        auth=BY_KEY,
    )
    def delete(self, request: Request, queue_name: str) -> Response:
        """Leased items go too: their receipts are good for nothing afterwards."""
        return self._delete(request, queue_name)

    def _delete(self, request: Request, queue_name: str) -> Response:
        pipe_writer(request)
        name = queue_meant_by(queue_name)
        services.delete_queue(name)
        return Response({"message": f"Queue deleted: {name}"})


class DequeueView(QueueView):
    """Also the queue whose name happens to end in `/dequeue`: only a POST takes."""

    @extend_schema(exclude=True)
    def get(self, request: Request, queue_name: str) -> Response:
        return super().get(request, f"{queue_name}/dequeue")

    @extend_schema(exclude=True)
    def delete(self, request: Request, queue_name: str) -> Response:
        return self._delete(request, f"{queue_name}/dequeue")

    @extend_schema(
        tags=["pipe"],
        summary="Take the oldest item",
        request=serializers.Take,
        responses={
            200: serializers.TakenItem,
            400: BAD_REQUEST,
            404: OpenApiResponse(OpenApiTypes.STR, description="The queue is empty, or there is none."),
        },
        examples=[
            OpenApiExample("wait, and take on lease", value={"lease_s": 600, "wait_s": 20}, request_only=True)
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request, queue_name: str) -> Response:
        """Without a body the item is removed, and whoever loses the answer loses the item.

        With `lease_s` it is held, and comes back to its place unless `ack` is called with its receipt; after
        5 attempts it goes to the queue `{queue_name}.dead`.
        """
        body = validated(serializers.Take, body_of(request))
        pipe_writer(request)
        name = queue_meant_by(queue_name)
        item = services.take(name, lease_s=body["lease_s"])
        if item is None:
            if not services.is_known(name):
                raise NotFound(f"There is no queue {excerpt(name)}.")
            if body["wait_s"]:
                instead_wait(request, ForItem(name, body["wait_s"]))
            raise NotFound(f"The queue {excerpt(name)} is empty.")
        return Response(serializers.taken_object(item, name))


# --- In ----------------------------------------------------------------------------------------------------


class EnqueueView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="Add an item",
        request=serializers.NewItem,
        responses={200: serializers.ItemObject, 400: BAD_REQUEST, 404: no_queue},
        examples=[
            OpenApiExample(
                "a calibration",
                value={"queue_name": "image-processing", "payload": an_item, "sender": "observatory"},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Answered when it is on disk. Trailing commas of the names in `request_content` are removed."""
        body = validated(serializers.NewItem, body_of(request))
        pipe_writer(request, sites_too=True)
        name = body["queue_name"]
        [item] = services.enqueue(name, [services.NewItem(body["payload"], body["sender"])])
        return Response(serializers.item_object(item, name))


class EnqueueBatchView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="Add many items at once",
        request=serializers.NewBatch,
        responses={200: serializers.ItemObject(many=True), 400: BAD_REQUEST, 404: no_queue},
        examples=[
            OpenApiExample(
                "two",
                value={
                    "queue_name": "image-processing",
                    "sender": "observatory",
                    "items": [{"payload": {"n": 1}}, {"payload": {"n": 2}, "sender": "another"}],
                },
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """All of them, one after the other in their order, or none; at most 1000."""
        body = validated(serializers.NewBatch, body_of(request))
        pipe_writer(request, sites_too=True)
        name = body["queue_name"]
        new = [services.NewItem(item["payload"], item["sender"] or body["sender"]) for item in body["items"]]
        return Response([serializers.item_object(item, name) for item in services.enqueue(name, new)])


# --- Leases ------------------------------------------------------------------------------------------------


class AckView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="The work is done",
        request=serializers.Receipt,
        responses={200: serializers.PipeMessage, 400: BAD_REQUEST, 404: no_lease},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The item is gone for good."""
        body = validated(serializers.Receipt, body_of(request))
        pipe_writer(request)
        item = services.acknowledge(body["receipt"])
        return Response({"message": f"Item acknowledged: {item.id}"})


class NackView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="The work could not be done",
        request=serializers.Receipt,
        responses={200: serializers.PipeMessage, 400: BAD_REQUEST, 404: no_lease},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The item returns to its old place at once, or goes to the dead when this was its fifth attempt."""
        body = validated(serializers.Receipt, body_of(request))
        pipe_writer(request)
        item = services.give_back(body["receipt"])
        return Response({"message": f"Item returned to {item.queue}: {item.id}"})


class ExtendView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="The work takes longer",
        request=serializers.Extension,
        responses={200: serializers.Extended, 400: BAD_REQUEST, 404: no_lease},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The lease lasts `lease_s` seconds from now."""
        body = validated(serializers.Extension, body_of(request))
        pipe_writer(request)
        item = services.extend(body["receipt"], body["lease_s"])
        return Response({"receipt": item.receipt, "leased_until": item.leased_until})


# --- Machines ----------------------------------------------------------------------------------------------


class NewStatusView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="Say how a PIPE machine is",
        request=serializers.NewPipeStatus,
        responses={200: serializers.MachineObject, 400: BAD_REQUEST},
        examples=[
            OpenApiExample(
                "online",
                value={"pipe_id": "pipe-1", "status": "online", "details": {"cpu_usage": "32%"}},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Replaces what it said before, details included."""
        body = validated(serializers.NewPipeStatus, body_of(request))
        pipe_writer(request)
        machine = services.set_status(body["pipe_id"], body["status"], body["details"])
        return Response(serializers.machine_object(machine))


class StatusView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="How a PIPE machine is",
        responses={
            200: serializers.MachineObject,
            404: OpenApiResponse(OpenApiTypes.STR, description="It never said."),
        },
        auth=[],
    )
    def get(self, request: Request, pipe_id: str) -> Response:
        name = machine_meant_by(pipe_id)
        machine = Machine.objects.filter(pk=name).first()
        if machine is None:
            raise NotFound(f"There is no status of {excerpt(name)}.")
        return Response(serializers.machine_object(machine))

    @extend_schema(
        tags=["pipe"], summary="Forget a PIPE machine", responses={200: serializers.PipeMessage}, auth=BY_KEY
    )
    def delete(self, request: Request, pipe_id: str) -> Response:
        """Also when it is forgotten already."""
        pipe_writer(request)
        name = machine_meant_by(pipe_id)
        services.forget_status(name)
        return Response({"message": f"Status deleted: {name}"})


class StatusesView(ApiView):
    @extend_schema(
        tags=["pipe"],
        summary="How all PIPE machines are",
        responses={200: serializers.MachineObject(many=True)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """By name, at most 1000."""
        machines = Machine.objects.order_by("pk")[: Machine.objects.all().MOST]
        return Response([serializers.machine_object(machine) for machine in machines])
