"""Who runs the control rooms: RemoteHQ, whose HTTP API this speaks, or a Jitsi server.

RemoteHQ's calls, with `Authorization: Bearer <token>` and bodies of JSON, below settings.REMOTEHQ_URL
(such as https://api.remotehq.com/v1):

    POST   /rooms                        make a room; 201, {"data": {"id", "slug", "url"}}
    PUT    /rooms/{slug}/room-app-config what runs in it, started afresh; 200, {"data": {"config"}}
    DELETE /rooms/{slug or name}         204
    POST   /cb                           a cloud browser; {"data": {"instanceURN", "embedURL"}}

A Jitsi room needs no account and no call: it exists while somebody is in it.
"""

import json
import logging
import secrets
import time
from contextlib import closing
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol

import urllib3
from django.conf import settings

from photonranch.bounded_http import TooLong, read_in_time
from photonranch.errors import NotFound, Unavailable
from photonranch.lenient_json import Json, dumps

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
ANSWER_BYTES = 1024 * 1024
FRONTEND = "https://dev.photonranch.org"
ICON = "https://photonranch.org/favicon.ico"


class RoomFailure(Exception):
    """The provider did not do what it was asked; the text says what it answered, for the log."""


class NewRoom(NamedTuple):
    slug: str
    room_id: str
    url: str
    config: dict[str, Json]


class Provider(Protocol):
    """All methods may take some seconds, and raise RoomFailure."""

    name: ClassVar[str]

    def make(self, site: str) -> NewRoom: ...
    def restart(self, site: str, slug: str) -> dict[str, Json]:
        """Start what runs in the room afresh; returns its config."""

    def remove(self, slug: str) -> None: ...
    def browser(self, initial_url: str, resolution: str) -> Json:
        """A cloud browser that pages can embed, as the provider describes it."""


def provider() -> Provider:
    """RemoteHQ where the environment names it, else Jitsi."""
    return RemoteHQ() if settings.REMOTEHQ_URL else Jitsi()


class Jitsi:
    name: ClassVar[str] = "jitsi"

    def make(self, site: str) -> NewRoom:
        # A public server is shared with the whole world, and a room there is whoever knows its name.
        slug = f"photonranch-{site}-{secrets.token_hex(8)}"
        return NewRoom(slug, slug, f"{settings.JITSI_URL.rstrip('/')}/{slug}", {})

    def restart(self, site: str, slug: str) -> dict[str, Json]:
        """Nothing runs in it; its address stays, for people who have it open or noted."""
        return {}

    def remove(self, slug: str) -> None:
        """It ends by itself when the last person leaves; without its name nobody comes back."""

    def browser(self, initial_url: str, resolution: str) -> Json:
        raise NotFound(
            "Control rooms are on Jitsi here, which has no cloud browser; RemoteHQ has (see REMOTEHQ_URL)."
        )


class RemoteHQ:
    name: ClassVar[str] = "remotehq"

    def make(self, site: str) -> NewRoom:
        """A new room under the site's name; one of that name, left over from whatever, goes first."""
        room_name = f"control-room-{site}"
        self._call("DELETE", f"/rooms/{room_name}")
        status, answer = self._call(
            "POST",
            "/rooms",
            {
                "name": room_name,
                "allowGuestAccess": True,
                "videoConferenceEnabled": True,
                "imageURL": ICON,
                "type": "collaboration",
            },
        )
        try:
            room = answer["data"]
            slug, room_id, url = str(room["slug"]), str(room["id"]), str(room["url"])
        except (KeyError, TypeError):
            raise RoomFailure(f"no room was made: {status} {answer}") from None
        return NewRoom(slug, room_id, url, self.restart(site, slug))

    def restart(self, site: str, slug: str) -> dict[str, Json]:
        config = {
            "id": "com.remotehq.app.cloudbrowser",
            "permissionMode": "editable",
            "autoStart": True,
            "config": {
                "url": f"{(settings.PUBLIC_URL or FRONTEND).rstrip('/')}/cr/{site}",
                "region": "us-west-1",
                "kioskModeEnabled": True,
                "incognitoModeEnabled": False,
            },
        }
        status, answer = self._call("PUT", f"/rooms/{slug}/room-app-config", config)
        if status != 200:
            raise RoomFailure(f"the room's configuration was refused: {status} {answer}")
        return config

    def remove(self, slug: str) -> None:
        status, answer = self._call("DELETE", f"/rooms/{slug}")
        if status not in (204, 404):
            raise RoomFailure(f"the room was not removed: {status} {answer}")

    def browser(self, initial_url: str, resolution: str) -> Json:
        """What RemoteHQ answers, whatever it says."""
        try:
            _, answer = self._call(
                "POST",
                "/cb",
                {
                    "kioskModeEnabled": False,
                    "incognitoModeEnabled": False,
                    "browserURL": initial_url,
                    "resolution": resolution,
                    "region": "us-east-1",
                },
            )
        except RoomFailure as problem:
            log.warning("no cloud browser: %s", problem)
            raise Unavailable("RemoteHQ does not answer just now; please try again.") from None
        return answer

    def _call(self, method: str, path: str, body: Json = None) -> tuple[int, Any]:
        """The status and the JSON of an answer ({} where there is none)."""
        deadline = time.monotonic() + TIMEOUT_S
        try:
            asked = _outside().request(
                method,
                f"{str(settings.REMOTEHQ_URL).rstrip('/')}{path}",
                body=None if body is None else dumps(body),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {settings.REMOTEHQ_TOKEN}",
                },
                preload_content=False,
                redirect=False,  # the token would go along
            )
            with closing(asked) as answer:
                text = read_in_time(answer, deadline, ANSWER_BYTES)
            return answer.status, json.loads(text) if text else {}
        except (urllib3.exceptions.HTTPError, TooLong, ValueError) as error:
            raise RoomFailure(f"{method} {path}: {type(error).__name__}") from error


@lru_cache(maxsize=1)
def _outside() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT_S), retries=False)
