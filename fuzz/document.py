"""The documented calls, and for each a request that is as the documentation says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from fuzz.known import KnownValues
from photonranch.lenient_json import Json, dumps, loads
from testing.cast import ALICE, SITE, WEMA, a_command, a_project, an_event, an_exposure, utc

METHODS = ("get", "post", "put", "delete")
MULTIPART = "multipart/form-data"


def document() -> dict[str, Any]:
    """The documentation as the server gives it out at /api/schema; made anew for each caller."""
    generated: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    plain: dict[str, Any] = loads(dumps(generated))
    return plain


A_SITE = {
    "instance_type": "obs", "wema_name": WEMA, "latitude": 34.5, "longitude": -119.2, "elevation": 300,
    "camera": {"camera_1_1": {}}, "mount": {"eastpier": {}}, "focuser": {"focuser1": {}}, "name": "SAF",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    content: dict[str, Any]
    responses: frozenset[str]
    components: dict[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_multipart(self) -> bool:
        return MULTIPART in self.content

    @property
    def weight(self) -> int:
        """How much there is to get wrong: a body, parameters, nothing."""
        return 4 if self.content else 2 if self.parameters else 1

    @property
    def body(self) -> dict[str, Any]:
        """The schema of its JSON body."""
        found: dict[str, Any] = self.content.get("application/json", {}).get("schema", {})
        return found

    @property
    def examples(self) -> list[Json]:
        named = self.content.get("application/json", {}).get("examples", {})
        return [example["value"] for example in named.values()]


def operations() -> list[Operation]:
    whole = document()
    return [
        Operation(
            method.upper(),
            path,
            tuple(described.get("parameters", ())),
            described.get("requestBody", {}).get("content", {}),
            frozenset(described["responses"]),
            whole.get("components", {}),
        )
        for path, methods in sorted(whole["paths"].items())
        for method, described in methods.items()
        if method in METHODS
    ]


# --- A request as it says ----------------------------------------------------------------------------------


class Plausible:
    """Values that a call could mean: what this server gave out, or what the network's programs send."""

    def __init__(self, random: Random, known: KnownValues) -> None:
        self.random = random
        self.known = known

    def body(self, operation: Operation) -> Json:
        if made := self._as_programs_send(operation.path):
            return made
        if operation.examples and self.random.random() < 0.5:
            return self._with_known(loads(dumps(self.random.choice(operation.examples))))
        return self.value("", operation.body, operation.components)

    def text(self, name: str) -> str:
        return str(self.value(name, {"type": "string"}, {}))

    def value(self, name: str, schema: dict[str, Any], components: dict[str, Any]) -> Json:
        """A value for the key `name`, of the type that `schema` says."""
        if "$ref" in schema:
            schema = components["schemas"][schema["$ref"].rpartition("/")[2]]
        if "allOf" in schema:
            return self.value(name, schema["allOf"][0], components)
        kind = schema.get("type")
        if kind == "object":
            properties: dict[str, Any] = schema.get("properties", {})
            return {key: self.value(key, inner, components) for key, inner in properties.items()}
        if kind == "array":
            return [self.value(name.removesuffix("s"), schema.get("items", {}), components) for _ in range(2)]
        return self._plain(name, str(kind))

    def _plain(self, name: str, kind: str) -> Json:
        if remembered := self.known.one_of(name, self.random):
            return remembered
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("number", "integer"):
            return self.random.choice([0, 1, 5, 24, 3600])
        lower = name.lower()
        if any(part in lower for part in ("time", "date", "start", "end", "when")):
            return utc(self.soon())
        return self.random.choice([SITE, "x", "1", "camera", ALICE.user_id])

    def soon(self) -> datetime:
        return timezone.now().astimezone(UTC) + timedelta(minutes=self.random.randrange(0, 60 * 24 * 30))

    def _with_known(self, body: Json) -> Json:
        if isinstance(body, dict):
            return {key: self.known.one_of(key, self.random) or value for key, value in body.items()}
        return body

    def _as_programs_send(self, path: str) -> Json:
        match path:
            case "/jobs/newjob":
                return a_command(site=self.random.choice([SITE, WEMA, "mrc1"]))
            case "/calendar/newevent":
                event_id = str(UUID(int=self.random.getrandbits(128)))
                return an_event(self.soon(), event_id=event_id, project_id=self.text("project_id"))
            case "/projects/new-project":
                return a_project(project_name=f"m{self.random.randrange(10_000)}")
            case "/projects/modify-project":
                changes = a_project(exposures=[an_exposure("w", "3"), an_exposure("HA", "9")])
                key = {"project_name": self.text("project_name"), "created_at": self.text("created_at")}
                return {**key, "project_changes": {**changes, **key}}
            case "/status/{site}/status":
                kinds = ["device", "weather", "enclosure", "wema_settings", "obs_settings", "forecast"]
                status = {"mount": {"mount1": {"is_parked": "True", "timestamp": 1795215496.5}}}
                return {"statusType": self.random.choice(kinds), "status": status}
            case "/api/upload":
                return {
                    "object_name": self.file_name(),
                    "s3_directory": self.random.choice(["data", "info-images"]),
                }
            case "/api/{site}/config":
                return A_SITE
        return None

    def file_name(self) -> str:
        ending = self.random.choice(["EX10.jpg", "EX00.fits.fz", "EX00.txt", "EX01.fits.bz2", "EX10.fits.gz"])
        return f"saf-sim-20261120-{self.random.randrange(10**8):08}-{ending}"


def walk(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within `value`, its own first; of what is large or deep only the beginning."""
    yield path
    if len(path) < 8:
        inside = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, inner in islice(inside, 100):
            yield from walk(inner, (*path, key))
