"""A request as documented, made awkward in one or a few ways. Each way has a name, and its own count."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from fuzz import values
from fuzz.document import Operation, Plausible, walk
from photonranch.lenient_json import Json

BOUNDARY = "fuzz-boundary"
# Calls that wait for something do so for as long as they are told: time that is better spent.
WAITS = {"wait_s": 0.05}


@dataclass
class Sent:
    """A request. `body`: bytes go as they are, None sends none, anything else goes as JSON."""

    operation: Operation
    kind: str
    method: str
    path: dict[str, str]
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Json = None

    @property
    def url(self) -> str:
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe="", errors="surrogatepass"))
        return path + self.query

    @property
    def content(self) -> bytes | None:
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return encode(self.body)


def encode(body: Json) -> bytes:
    """JSON, and what is nearly JSON: NaN, halves of characters, numbers as values.LITERALS has them."""
    text = json.dumps(body)
    if '"literal ' in text:
        for name, number in values.LITERALS.items():
            text = text.replace(f'"{name}"', number)
    return text.encode()


class Mutator:
    def __init__(self, operation: Operation, plausible: Plausible, random: Random) -> None:
        self.operation = operation
        self.plausible = plausible
        self.random = random
        self.of_bodies: list[tuple[str, Callable[[Sent], None]]] = [
            *((kind, self._value_from(found)) for kind, found in VALUES.items()),
            ("key left out", self._leave_out),
            ("key added", self._add),
            ("several values", self._several),
            ("whole body", self._whole_body),
            ("body cut", self._cut),
            ("content type", self._content_type),
        ]
        self.of_all: list[tuple[str, Callable[[Sent], None]]] = [
            ("as documented", lambda _: None),
            ("header", self._header),
            ("query", self._query),
            ("method", self._method),
        ]
        self.of_parameters = [("parameter", self._parameter)] * 6

    def next(self) -> Sent:
        request = self.documented()
        kinds = list(self.of_all)
        if self.operation.parameters:
            kinds += self.of_parameters
        if self.operation.content:
            kinds += self.of_bodies * 2
        request.kind, change = self.random.choice(kinds)
        change(request)
        _be_brief(request.body)
        return request

    def documented(self) -> Sent:
        of: dict[str, dict[str, str]] = {place: {} for place in ("path", "query")}
        for parameter in self.operation.parameters:
            if parameter["in"] == "path" or (parameter["in"] == "query" and self.random.random() < 0.6):
                of[parameter["in"]][parameter["name"]] = self.plausible.text(parameter["name"])
        query = f"?{urlencode(of['query'])}" if of["query"] else ""
        request = Sent(self.operation, "as documented", self.operation.method, of["path"], query)
        if self.operation.is_multipart:
            self._as_form({}, request)
        elif self.operation.content:
            request.body = self.plausible.body(self.operation)
        return request

    # --- Bodies ------------------------------------------------------------------------------------------

    def _value_from(self, found: list[Json]) -> Callable[[Sent], None]:
        def change(request: Sent) -> None:
            value = self.random.choice(found)
            if self.operation.is_multipart:
                self._as_form({self.random.choice(FORM): value}, request)
            else:
                request.body = self._replaced(request.body, value)

        return change

    def _several(self, request: Sent) -> None:
        for _ in range(self.random.randrange(2, 5)):
            self._value_from(self.random.choice(list(VALUES.values())))(request)

    def _replaced(self, body: Json, value: Json) -> Json:
        """`body` with one of its values, wherever in it, replaced."""
        places = [place for place in walk(body) if place]
        return put(body, self.random.choice(places), value) if places else value

    def _leave_out(self, request: Sent) -> None:
        if isinstance(request.body, dict) and request.body:
            del request.body[self.random.choice(list(request.body))]

    def _add(self, request: Sent) -> None:
        if isinstance(request.body, dict):
            key = str(
                self.random.choice([*values.TEXTS, *values.LONG, "id", "pk", "user_id", "state", "__class__"])
            )
            request.body = {**request.body, key: self._any()}

    def _whole_body(self, request: Sent) -> None:
        request.body = self.random.choice(values.BODIES)

    def _cut(self, request: Sent) -> None:
        text = request.content or b""
        request.body = text[: self.random.randrange(len(text) + 1)]

    def _content_type(self, request: Sent) -> None:
        if self.operation.is_multipart:
            request.headers = []
        request.headers.append(("Content-Type", self.random.choice(values.CONTENT_TYPES)))

    def _as_form(self, changes: dict[str, Json], request: Sent) -> None:
        """The body as multipart/form-data; a value that is no text comes as its JSON."""
        parts: dict[str, Json] = {name: self.plausible.text(name) for name in FORM if name != "file"}
        parts |= {"file": self.random.choice(FILES), **changes}
        lines = [_part(name, value) for name, value in parts.items()]
        request.body = b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()
        request.headers = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")]

    # --- Everything else -----------------------------------------------------------------------------------

    def _header(self, request: Sent) -> None:
        request.headers.append(self.random.choice(values.HEADERS))

    def _query(self, request: Sent) -> None:
        request.query = self.random.choice(values.QUERIES)

    def _method(self, request: Sent) -> None:
        request.method = self.random.choice(values.METHODS)

    def _parameter(self, request: Sent) -> None:
        parameter = self.random.choice(self.operation.parameters)
        name, value = parameter["name"], self._any_text()
        if parameter["in"] == "path":
            request.path[name] = value
        elif parameter["in"] == "query":
            pairs = {name: value}
            if self.random.random() < 0.5:
                others = [each["name"] for each in self.operation.parameters if each["in"] == "query"]
                pairs = {other: self.plausible.text(other) for other in others} | pairs
            request.query = f"?{urlencode(pairs, errors='surrogatepass')}"

    def _any(self) -> Json:
        return self.random.choice(self.random.choice(list(VALUES.values())))

    def _any_text(self) -> str:
        found = self.random.choice([values.TEXTS, values.TIMES, values.NUMBERS, values.NEGATIVE, values.LONG])
        value = str(self.random.choice(found))
        # What a path of more than 8 KB is answered with is the server's own affair, and tried often enough.
        return values.LITERALS.get(value, value)[: self.random.choice([100, 2000, 20_000])]


VALUES = {
    "type swapped": values.TYPES,
    "huge number": values.NUMBERS,
    "negative": values.NEGATIVE,
    "odd text": values.TEXTS,
    "long text": values.LONG,
    "time": values.TIMES,
    "deep": values.DEEP,
    "wide": values.WIDE,
}
FORM = ["key", "expires", "signature", "file"]
FILES = [
    b"",
    b"x",
    b"\xff\xd8\xff\xe0",
    b"SIMPLE  =                    T",
    b"\x1f\x8b\x08\x00",
    b"BZh9",
    b"\x00" * 4096,
]


def put(body: Json, place: tuple[Any, ...], value: Json) -> Json:
    """A copy of `body` with `value` at `place`; what the way does not lead through is shared."""
    if not place:
        return value
    changed = body.copy()
    changed[place[0]] = put(body[place[0]], place[1:], value)
    return changed


def _part(name: str, value: Any) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    if name == "file" and isinstance(value, bytes):
        return f'{head}; filename="x"\r\n\r\n'.encode() + value + b"\r\n"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{head}\r\n\r\n{text}\r\n".encode("utf-8", "surrogatepass")


def _be_brief(body: Json) -> None:
    if isinstance(body, dict):
        body.update({key: value for key, value in WAITS.items() if key in body})
