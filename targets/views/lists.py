"""A person's lists of targets."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.callers import Caller
from photonranch.auth.permissions import user_of
from photonranch.errors import NotFound
from targets import planners, serializers, services
from targets.models import TargetList
from targets.serializers import list_object

no_list = OpenApiResponse(OpenApiTypes.STR, description="No such list of yours.")
one_list = OpenApiResponse(serializers.ListObject)


class ListsView(ApiView):
    @extend_schema(
        tags=["targets"], summary="Your lists of targets", responses={200: serializers.ListObject(many=True)}
    )
    def get(self, request: Request) -> Response:
        """The last changed first, at most 200."""
        return Response([list_object(kept) for kept in TargetList.objects.of(user_of(request))])

    @extend_schema(
        tags=["targets"],
        summary="Keep a new list",
        request=serializers.ListBody,
        responses={200: one_list, 400: BAD_REQUEST},
    )
    def post(self, request: Request) -> Response:
        owner = user_of(request)
        body = validated(serializers.ListBody, body_of(request))
        return Response(list_object(services.create_list(owner, body["name"], body.get("targets", []))))


class ListView(ApiView):
    @extend_schema(tags=["targets"], summary="One of your lists", responses={200: one_list, 404: no_list})
    def get(self, request: Request, number: int) -> Response:
        return Response(list_object(own(user_of(request), number)))

    @extend_schema(
        tags=["targets"],
        summary="Change a list",
        request=serializers.ListChange,
        responses={200: one_list, 400: BAD_REQUEST, 404: no_list},
    )
    def put(self, request: Request, number: int) -> Response:
        """Its name, its targets, or both."""
        owner = user_of(request)
        body = validated(serializers.ListChange, body_of(request))
        changed = services.change_list(owner, number, body.get("name"), body.get("targets"))
        return Response(list_object(changed))

    @extend_schema(tags=["targets"], summary="Remove a list", responses={200: None, 404: no_list})
    def delete(self, request: Request, number: int) -> Response:
        services.delete_list(user_of(request), number)
        return Response({"message": "Removed."})


class ListTargetsView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="Add a target to a list",
        request={"application/json": {"type": "object", "example": {"name": "M31"}}},
        responses={200: one_list, 400: BAD_REQUEST, 404: no_list},
    )
    def post(self, request: Request, number: int) -> Response:
        """A target of the same name is replaced."""
        return Response(list_object(services.add_target(user_of(request), number, body_of(request))))


class ShareView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="Share a list by a link",
        request=None,
        responses={200: one_list, 404: no_list},
    )
    def post(self, request: Request, number: int) -> Response:
        return Response(list_object(services.share_list(user_of(request), number)))

    @extend_schema(tags=["targets"], summary="End the link", responses={200: one_list, 404: no_list})
    def delete(self, request: Request, number: int) -> Response:
        return Response(list_object(services.stop_sharing(user_of(request), number)))


class SharedView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="A list that was shared",
        responses={200: OpenApiResponse({"type": "object"}), 404: no_list},
        auth=[],
    )
    def get(self, request: Request, key: str) -> Response:
        """Its name and targets; nothing of whose it is."""
        shared = TargetList.objects.shared_by(key)
        if shared is None:
            raise NotFound("There is no such list, or it is not shared any more.")
        return Response({"name": shared.name, "targets": shared.targets})


class ImportView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="Keep a list that another program wrote",
        request=serializers.ListImport,
        responses={200: one_list, 400: BAD_REQUEST},
    )
    def post(self, request: Request) -> Response:
        """CSV with a line of names above (name, ra, dec; Telescopius' too), or SkySafari's .skylist."""
        owner = user_of(request)
        body = validated(serializers.ListImport, body_of(request))
        targets: list[Any] = planners.read(body.get("form", ""), body["text"])
        return Response(list_object(services.create_list(owner, body["name"], targets)))


class ExportView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="A list for another program",
        responses={(200, "text/csv"): OpenApiTypes.STR, 404: no_list},
    )
    def get(self, request: Request, number: int, form: str) -> HttpResponse:
        """`csv` or `skylist` (SkySafari)."""
        kept = own(user_of(request), number)
        kind = "text/csv" if form == "csv" else "text/plain"
        answer = HttpResponse(planners.written(form, kept.targets), content_type=f"{kind}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="targets-{kept.pk}.{form}"'
        return answer


def own(owner: Caller, number: int) -> TargetList:
    """A list of this person's; raises NotFound."""
    found = TargetList.objects.filter(pk=number, user_id=owner.user_id).first()
    if found is None:
        raise NotFound("There is no such list of yours.")
    return found
