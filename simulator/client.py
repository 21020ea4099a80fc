"""HTTP as the observatories' programs speak it.

JSON goes out as text without a Content-Type, nothing is retried but what the real programs retry, and no
answer is ever an exception: what counts is whether a JSON value came, as with them.
"""

import asyncio
import json
import logging
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from simulator.meter import Meter

log = logging.getLogger(__name__)

# Real seconds. A server that is away is asked less and less often, and again at once when it is back.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
# A server that is back after so many seconds is no news.
NEWS_S = 2.0
# In what is counted, sites and names of files are one.
_ID = re.compile(r"^/(status|api)/[^/]+/(config|status|enclosure|weather|obs_settings)/?$")


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is 0 when none came; `json` is None when the body is no JSON."""

    status: int = 0
    json: Any = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Client:
    """One site's side of the wire.

    `key` is shown as Bearer when there is one; one in the URL goes as HTTP Basic, as with the library of
    the real programs. `http` is shared by the programs of a site.
    """

    def __init__(self, http: httpx.AsyncClient, server: str, meter: Meter, key: str = "") -> None:
        self.http = http
        self.server = server.rstrip("/")
        self.meter = meter
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Calls in a row that got no answer, since when (monotonic), and whether that was told.
        self.away = 0
        self.away_since: float | None = None
        self.told = False

    async def get(self, path: str, timeout_s: float = 20) -> Answer:
        return await self._send("GET", path, None, timeout_s)

    async def post(self, path: str, body: Any, timeout_s: float = 20) -> Answer:
        return await self._send("POST", path, body, timeout_s)

    async def put(self, path: str, body: Any, timeout_s: float = 10) -> Answer:
        return await self._send("PUT", path, body, timeout_s)

    async def upload(
        self, name: str, content: bytes, directory: str = "data", channel: int | None = None
    ) -> bool:
        """Ask where to post a file and post it there; whether it arrived."""
        body = {"object_name": name, "s3_directory": directory}
        form = await self.post("/api//upload/", body | ({"info_channel": channel} if channel else {}), 10)
        if not (form.ok and isinstance(form.json, dict) and {"url", "fields"} <= form.json.keys()):
            return False
        content_type, data = file_form(form.json["fields"], name, content)
        request = self.http.build_request(
            "POST", form.json["url"], content=data, headers={"Content-Type": content_type}, timeout=45
        )
        return (await self._answer("POST the file", request)).status == 204

    async def pause(self) -> None:
        """Wait, longer each time, while the server is away; not at all while it is there."""
        if self.away:
            longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self.away, 8))
            # Many sites that lost one server at once must not all come back at once.
            await asyncio.sleep(longest * random.uniform(0.5, 1))  # noqa: S311

    async def _send(self, method: str, path: str, body: Any, timeout_s: float) -> Answer:
        # Written by the json module as theirs is: NaN stands there as NaN.
        content = None if body is None else json.dumps(body).encode()
        request = self.http.build_request(
            method, f"{self.server}{path}", content=content, headers=self.headers, timeout=timeout_s
        )
        shown = _ID.sub(r"/\1/{site}/\2", urlsplit(path).path)
        return await self._answer(f"{method} {shown}", request)

    async def _answer(self, call: str, request: httpx.Request) -> Answer:
        began = monotonic()
        try:
            response = await self.http.send(request)
        except httpx.HTTPError as error:
            self.meter.add(call, monotonic() - began, type(error).__name__)
            self._note_away(error)
            return Answer()
        failed = response.status_code >= 500 or response.status_code in (400, 401, 403)
        self.meter.add(call, monotonic() - began, str(response.status_code) if failed else "")
        if failed:
            log.warning("%s: %s %s", call, response.status_code, response.text[:200])
        self._note_back()
        return Answer(response.status_code, _json_of(response))

    def _note_away(self, error: httpx.HTTPError) -> None:
        self.away += 1
        self.away_since = self.away_since or monotonic()
        if not self.told and monotonic() - self.away_since > NEWS_S:
            log.warning("the server does not answer (%s); asking again", type(error).__name__)
            self.told = True

    def _note_back(self) -> None:
        if self.told:
            log.warning("the server is back")
        self.away, self.away_since, self.told = 0, None, False


def _json_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def file_form(fields: Mapping[str, str], name: str, content: bytes) -> tuple[str, bytes]:
    """Content-Type and body of a file's form: the fields first, then the file under its full Windows path and
    without a type of its own, as `requests` sends it. Nothing reads that path."""
    site = name.partition("-")[0]
    file = RequestField("file", content, filename=f"C:/ptr/{site}/archive/to_AWS/{name}")
    file.make_multipart()
    parts = [RequestField(key, value) for key, value in fields.items()]
    for part in parts:
        part.make_multipart()
    data, content_type = encode_multipart_formdata([*parts, file])
    return content_type, data
