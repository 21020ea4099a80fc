"""An issuer elsewhere, played by a real HTTP server: its keys, its word on roles, and its bad days."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.cache import cache
from pytest_django import Settings

from photonranch.auth import jwks
from photonranch.auth.callers import ANONYMOUS, Caller
from photonranch.auth.credentials import forget_tokens, identify
from photonranch.errors import Unavailable
from testing.cast import SITE, Api, a_command, at_once, text

ROLES = "https://photonranch.org/user_metadata"
KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
JWKS = "/.well-known/jwks.json"
Answer = Callable[[BaseHTTPRequestHandler], Any]


def jwk(key: Any, **more: Any) -> dict[str, Any]:
    algorithm: Any = jwt.algorithms.ECAlgorithm if hasattr(key, "curve") else jwt.algorithms.RSAAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig", **more}


class StandIn:
    """The jwks. `answers`: path -> a JSON value, or a function that answers by itself."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {JWKS: {"keys": [jwk(KEYS[0], kid="one")]}}
        self.asked: list[tuple[str, str]] = []
        self.released = threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.asked.append((self.path, self.headers.get("Authorization", "")))
                answer = stand_in.answers.get(self.path)
                if callable(answer):
                    answer(self)
                elif answer is None:
                    self.send_error(404)
                else:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def token(self, key: Any = KEYS[0], kid: str | None = "one", **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": "master", "sub": "auth0|alice", "exp": now + 3600, **changes}
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid} if kid else None)

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def there(settings: Settings) -> Iterator[StandIn]:
    """An issuer that this server trusts."""
    stand_in = StandIn()
    settings.AUTH_ISSUER = stand_in.url
    yield stand_in
    stand_in.stop()
    jwks._outside.cache_clear()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives up on the issuer soon, so that the test need not wait."""
    monkeypatch.setattr(jwks, "OUTSIDE_TIMEOUT_S", 0.2)
    jwks._outside.cache_clear()
    yield
    jwks._outside.cache_clear()


def known_keys(there: StandIn) -> jwks.PublishedKeys:
    return jwks.published_keys(f"{there.url.rstrip('/')}{JWKS}")


def who(token: str) -> Caller:
    """Who bears the token, for a server that has not just verified it."""
    forget_tokens()
    return identify(f"Bearer {token}")


def with_roles(*roles: str) -> dict[str, Any]:
    return {ROLES: {"roles": list(roles)}}


def never(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    there.released.wait(30)


def dripping(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    """A byte now and then: no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while not there.released.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        pass


def endless(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while not there.released.is_set():
            handler.wfile.write(b" " * 100_000)
    except OSError:
        pass


def moved(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()


def broken(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    handler.send_error(500)


def nonsense(handler: BaseHTTPRequestHandler, there: StandIn) -> None:
    handler.wfile.write(b"this is no HTTP\r\n\r\n")


BAD_DAYS = [never, dripping, endless, moved, broken, nonsense]
NO_KEYS: list[Any] = [
    b"<html>",
    b"",
    b"[]",
    b"[" * 100_000,
    {},
    {"keys": None},
    {"keys": {}},
    {"keys": []},
    {"keys": [1, None, {}]},
    {"keys": [{"kty": "RSA", "kid": "one"}]},
    {"keys": [{"kty": "RSA", "kid": "one", "n": "?", "e": "AQAB"}]},
    {"keys": [{"kty": "oct", "kid": "one", "k": "c2VjcmV0"}]},
    {"keys": [jwk(ec.generate_private_key(ec.SECP256R1()), kid="one")]},
    {"keys": [jwk(KEYS[0], kid="one", use="enc")]},
]


@pytest.mark.django_db
def test_it_works(api: Api, there: StandIn, published: Any) -> None:
    token = there.token(nickname="Alice", **with_roles("admin"))

    answer = api.send("POST", "/jobs/newjob", a_command(), Authorization=f"Bearer {token}")

    assert answer.status_code == 200
    assert (answer.json()["user_name"], answer.json()["user_roles"]) == ("Alice", ["admin"])
    assert there.paths() == [JWKS]


def test_keys_are_fetched_once(there: StandIn) -> None:
    for _ in range(5):
        assert who(there.token(**with_roles())).kind == "user"

    assert there.paths() == [JWKS]


def test_keys_are_fetched_once_for_many_at_once(there: StandIn) -> None:
    token = there.token(**with_roles())

    assert {caller.kind for caller in at_once(8, lambda _: who(token))} == {"user"}
    assert there.paths() == [JWKS]


def test_the_address_of_the_keys_may_be_another(there: StandIn, settings: Settings) -> None:
    settings.AUTH_ISSUER, settings.AUTH_JWKS_URL = None, f"{there.url}keys?x=1"
    there.answers = {"/keys?x=1": {"keys": [jwk(KEYS[0], kid="one")]}}

    assert who(there.token(iss="whoever")).kind == "user"
    assert there.paths() == ["/keys?x=1"]


def test_a_key_without_a_name(there: StandIn) -> None:
    there.answers[JWKS] = {"keys": [jwk(KEYS[0])]}

    assert who(there.token(kid=None, **with_roles())).kind == "user"


@pytest.mark.parametrize("kid", [None, "two", "ONE", "../one"])
def test_a_key_that_the_issuer_does_not_have(there: StandIn, kid: str | None) -> None:
    assert who(there.token(kid=kid, **with_roles())).kind == "anonymous"


def test_another_signer_under_a_known_name(there: StandIn) -> None:
    assert who(there.token(KEYS[1], "one", **with_roles())).kind == "anonymous"


def test_a_new_key_is_noticed_and_an_old_one_forgotten(there: StandIn) -> None:
    who(there.token(**with_roles()))
    there.answers[JWKS] = {"keys": [jwk(KEYS[1], kid="two")]}
    known_keys(there).ask_again_at = 0

    assert who(there.token(KEYS[1], "two", **with_roles())).kind == "user"
    assert who(there.token(**with_roles())).kind == "anonymous"
    assert there.paths() == [JWKS, JWKS]


def test_a_flood_of_made_up_key_ids_is_no_flood_to_the_issuer(there: StandIn) -> None:
    for number in range(50):
        assert who(there.token(kid=f"made up {number}", **with_roles())).kind == "anonymous"
    at_once(8, lambda number: who(there.token(kid=f"thread {number}")))

    assert there.paths() == [JWKS]
    assert known_keys(there).ask_again_at - time.monotonic() == pytest.approx(30, abs=10)


def test_keys_are_fetched_again_after_an_hour(there: StandIn) -> None:
    who(there.token(**with_roles()))
    known_keys(there).fetched_at -= jwks.KEYS_KEPT_S + 1
    known_keys(there).ask_again_at = 0

    assert who(there.token(**with_roles())).kind == "user"
    assert there.paths() == [JWKS, JWKS]


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("bad_day", BAD_DAYS)
def test_an_issuer_that_does_not_answer_in_time_is_a_503(api: Api, there: StandIn, bad_day: Any) -> None:
    there.answers[JWKS] = lambda handler: bad_day(handler, there)
    started = time.monotonic()

    answer = api.send("POST", "/jobs/newjob", {}, Authorization=f"Bearer {there.token(**with_roles())}")

    assert answer.status_code == 503
    assert text(answer) == "The issuer of your token cannot be reached just now; please try again."
    assert there.paths() == [JWKS]
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("answer", NO_KEYS, ids=lambda answer: repr(answer)[:40])
def test_an_issuer_that_talks_nonsense_is_a_503(there: StandIn, answer: Any) -> None:
    there.answers[JWKS] = answer

    with pytest.raises(Unavailable):
        who(there.token(**with_roles()))


def test_a_key_that_cannot_be_read_spoils_no_other(there: StandIn) -> None:
    there.answers[JWKS]["keys"] = [*NO_KEYS[9]["keys"], 1, *there.answers[JWKS]["keys"]]

    assert who(there.token(**with_roles())).kind == "user"


def test_an_issuer_that_is_not_there_is_asked_again_soon_and_not_at_once(there: StandIn) -> None:
    there.answers[JWKS] = lambda handler: broken(handler, there)
    for _ in range(3):
        with pytest.raises(Unavailable):
            who(there.token(**with_roles()))
    assert there.paths() == [JWKS]

    there.answers[JWKS] = {"keys": [jwk(KEYS[0], kid="one")]}
    known_keys(there).ask_again_at = 0
    assert who(there.token(**with_roles())).kind == "user"


def test_nobody_listens_at_the_issuer(settings: Settings, there: StandIn) -> None:
    token = there.token(**with_roles())
    there.stop()

    with pytest.raises(Unavailable):
        who(token)


def test_an_outage_signs_nobody_out_for_a_day(there: StandIn) -> None:
    who(there.token(**with_roles()))
    there.answers[JWKS] = lambda handler: broken(handler, there)
    keys = known_keys(there)

    keys.fetched_at -= jwks.KEYS_KEPT_S + 1
    keys.ask_again_at = 0
    assert who(there.token(**with_roles())).kind == "user"
    assert len(there.asked) == 2

    keys.fetched_at -= jwks.KEYS_KEPT_IN_OUTAGE_S
    with pytest.raises(Unavailable):
        who(there.token(**with_roles()))


@pytest.mark.django_db
def test_without_a_token_the_issuer_is_not_asked(api: Api, there: StandIn, published: Any) -> None:
    log = {"site": SITE, "log_message": "x"}
    assert api.send("POST", "/logs/newlog", log, Authorization="Bearer undefined").status_code == 200
    assert identify("") == ANONYMOUS
    assert there.asked == []


# --- /userinfo ---------------------------------------------------------------------------------------------


def test_roles_come_from_userinfo_when_the_token_has_none(there: StandIn) -> None:
    there.answers["/userinfo"] = {"sub": "auth0|alice", **with_roles("admin")}
    token = there.token()

    for _ in range(3):
        assert who(token).roles == ("admin",)

    assert there.asked == [(JWKS, ""), ("/userinfo", f"Bearer {token}")]


def test_the_tokens_own_word_on_roles_is_enough(there: StandIn) -> None:
    there.answers["/userinfo"] = {"sub": "auth0|alice", **with_roles("admin")}

    assert who(there.token(**with_roles("editor"))).roles == ("editor",)
    assert who(there.token(**{ROLES: None})).roles == ()
    assert there.paths() == [JWKS]


def test_what_is_remembered_belongs_to_one_token(there: StandIn) -> None:
    there.answers["/userinfo"] = {"sub": "auth0|alice", **with_roles("admin")}
    assert who(there.token()).is_admin

    there.answers["/userinfo"] = {"sub": "auth0|bob", **with_roles()}
    assert not who(there.token(sub="auth0|bob")).is_admin


def test_what_is_remembered_is_forgotten_when_the_token_ends(
    there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[float] = []
    monkeypatch.setattr(cache, "set", lambda key, value, seconds: kept.append(seconds))
    there.answers["/userinfo"] = {"sub": "auth0|alice", **with_roles("admin")}

    who(there.token(exp=int(time.time()) + 600))

    assert kept == [pytest.approx(600, abs=30)]


@pytest.mark.parametrize(
    "answer",
    [
        {"sub": "auth0|bob", **with_roles("admin")},
        {"sub": ["auth0|alice"], **with_roles("admin")},
        with_roles("admin"),
        {"sub": "auth0|alice"},
        {"sub": "auth0|alice", ROLES: ["admin"]},
        {"sub": "auth0|alice", ROLES: {"roles": "admin"}},
        b"[]",
        b"not json",
        None,
    ],
    ids=repr,
)
def test_a_word_that_does_not_count_gives_no_roles(there: StandIn, answer: Any) -> None:
    there.answers["/userinfo"] = answer

    assert who(there.token()) == Caller("user", "auth0|alice")


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("bad_day", BAD_DAYS)
def test_without_an_answer_nobody_becomes_admin_or_is_signed_out(there: StandIn, bad_day: Any) -> None:
    there.answers["/userinfo"] = lambda handler: bad_day(handler, there)
    there.answers["/elsewhere"] = {"sub": "auth0|alice", **with_roles("admin")}
    token = there.token()

    assert [who(token), who(token)] == [Caller("user", "auth0|alice")] * 2
    assert there.paths() == [JWKS, "/userinfo"]


def test_of_several_requests_at_once_a_refused_one_takes_no_roles_away(there: StandIn) -> None:
    """Auth0 allows a user few calls to /userinfo, and a page makes several requests as it opens."""
    token = there.token()
    first_asked, first_may_fail = threading.Event(), threading.Event()

    def too_many(handler: BaseHTTPRequestHandler) -> None:
        first_asked.set()
        first_may_fail.wait(30)
        handler.send_error(429)

    def one_after_the_other(number: int) -> Caller:
        if number == 0:
            there.answers["/userinfo"] = too_many
            return who(token)
        first_asked.wait(30)
        there.answers["/userinfo"] = {"sub": "auth0|alice", **with_roles("admin")}
        caller = who(token)
        first_may_fail.set()
        return caller

    callers = at_once(2, one_after_the_other)

    assert [caller.roles for caller in [*callers, who(token)]] == [("admin",)] * 3
