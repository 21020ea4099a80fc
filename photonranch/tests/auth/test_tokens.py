"""Users' tokens, attacked. RS256 and nothing else; signature, times, audience, issuer."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pytest_django import Settings

from photonranch.auth import callers, tokens
from photonranch.auth.callers import ANONYMOUS
from photonranch.auth.credentials import identify
from photonranch.auth.tokens import BadToken, verify
from photonranch.errors import NotSignedIn
from testing.cast import ALICE, SITE, Api, Person, a_command

pytestmark = pytest.mark.usefixtures("published")

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ROLES = "https://photonranch.org/user_metadata"


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token of the own issuer says; None leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": "photonranch",
        "aud": "master",
        "sub": "auth0|alice",
        "iat": now,
        "exp": now + 3600,
        ROLES: {"roles": []},
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(key: Any = None, algorithm: Any = "RS256", headers: Any = None, **changes: Any) -> str:
    headers = {"kid": "own"} if headers is None else headers
    return jwt.encode(claims(**changes), key or tokens.own_key(), algorithm=algorithm, headers=headers)


def segment(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forged(header: Any, payload: Any = None, signature: bytes = b"") -> str:
    return f"{segment(header)}.{segment(payload or claims())}.{segment(signature)}"


def hmac_signed(secret: bytes, **header: Any) -> str:
    """HS256 by hand: PyJWT refuses to sign with a public key."""
    body = f"{segment({'alg': 'HS256', 'typ': 'JWT', **header})}.{segment(claims())}"
    return f"{body}.{segment(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def public_pem(key: Any) -> bytes:
    public = key.public_key() if hasattr(key, "public_key") else key
    return bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk_of(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return dict(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))


def own_der() -> bytes:
    return (
        tokens.own_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def test_it_works(api: Api, alice: Person) -> None:
    answer = api.post("/jobs/newjob", a_command(), as_=alice)

    assert answer.status_code == 200
    assert answer.json()["user_id"] == "auth0|alice"


def test_a_good_token_counts() -> None:
    assert identify(f"Bearer {signed()}") == callers.Caller("user", "auth0|alice", "", ())


def test_a_token_says_who_and_in_which_roles() -> None:
    token = signed(nickname="al", name="Alice A.", **{ROLES: {"roles": ["admin", "x"]}})
    caller = identify(f"Bearer {token}")

    assert (caller.user_id, caller.user_name, caller.roles) == ("auth0|alice", "al", ("admin", "x"))
    assert caller.is_admin


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer  "])
def test_the_case_of_bearer_does_not_matter(scheme: str) -> None:
    assert identify(f"{scheme} {signed()} ").kind == "user"


def attacks() -> dict[str, str]:
    good = signed()
    head, body, signature = good.split(".")
    now = int(time.time())
    elliptic = ec.generate_private_key(ec.SECP256R1())
    return {
        "none": forged({"alg": "none", "typ": "JWT"}),
        "none, known kid": forged({"alg": "none", "kid": "own"}),
        "None": forged({"alg": "None"}, signature=b"x"),
        "nOnE with the good signature": f"{segment({'alg': 'nOnE', 'kid': 'own'})}.{body}.{signature}",
        "no algorithm": forged({"kid": "own"}),
        "algorithm is a list": forged({"alg": ["RS256"], "kid": "own"}),
        "algorithm is null": forged({"alg": None, "kid": "own"}),
        "HS256 signed with the public key": hmac_signed(public_pem(tokens.own_key()), kid="own"),
        "HS256, public key without its last line break": hmac_signed(public_pem(tokens.own_key()).strip()),
        "HS256 signed with the key in DER": hmac_signed(own_der()),
        "HS256 signed with n of the JWKS": hmac_signed(jwk_of(tokens.own_key())["n"].encode(), kid="own"),
        "HS256 signed with the JWKS": hmac_signed(json.dumps(tokens.own_keys_published()).encode()),
        "HS256 signed with nothing": hmac_signed(b""),
        "HS512": signed("x" * 64, "HS512"),
        "ES256": signed(elliptic, "ES256"),
        "PS256 with the right key": signed(algorithm="PS256"),
        "RS512 with the right key": signed(algorithm="RS512"),
        "signed by a stranger": signed(STRANGER),
        "signed by a stranger, no kid": signed(STRANGER, headers={}),
        "the stranger's key comes along": signed(STRANGER, headers={"kid": "own", "jwk": jwk_of(STRANGER)}),
        "the stranger's address comes along": signed(
            STRANGER, headers={"kid": "own", "jku": "http://127.0.0.1:9/keys"}
        ),
        "the stranger's certificate comes along": signed(
            STRANGER, headers={"kid": "own", "x5u": "http://127.0.0.1:9/cert", "x5c": [segment(own_der())]}
        ),
        "kid is a path": signed(headers={"kid": "../../../../dev/null"}),
        "kid is SQL": signed(headers={"kid": "own' OR '1'='1"}),
        "kid is another": signed(headers={"kid": "other"}),
        "kid is a number": forged({"alg": "RS256", "kid": 1}),
        "kid is an object": forged({"alg": "RS256", "kid": {"own": 1}}),
        "critical extension": forged({"alg": "RS256", "kid": "own", "crit": ["x"], "x": 1}),
        "b64 is false": forged({"alg": "RS256", "kid": "own", "crit": ["b64"], "b64": False}),
        "wrong audience": signed(aud="other"),
        "wrong audiences": signed(aud=["other", "master2"]),
        "audience in another case": signed(aud="Master"),
        "audience is empty": signed(aud=[]),
        "audience is an object": signed(aud={"master": 1}),
        "no audience": signed(aud=None),
        "no end": signed(exp=None),
        "ended": signed(exp=now - 60),
        "ended in 1970": signed(exp=0),
        "end is text": signed(exp="tomorrow"),
        "end is a list": signed(exp=[now + 60]),
        "not yet": signed(nbf=now + 86_400),
        "made tomorrow": signed(iat=now + 86_400),
        "nobody": signed(sub=None),
        "nobody at all": signed(sub=""),
        "wrong issuer": signed(iss="https://elsewhere.example/"),
        "no issuer": signed(iss=None),
        "issuer is a list": forged({"alg": "RS256", "kid": "own"}, claims(iss=["photonranch"])),
        "another body": f"{head}.{segment(claims(sub='auth0|ada'))}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[:-8]}",
        "a longer signature": f"{head}.{body}.{signature}AAAA",
        "dots": "..",
        "header is a list": forged([], {}),
        "header is deep": forged(b"[" * 9000),
        "header is not UTF-8": forged(b"\xff\xfe"),
        "not base64": "a b.c d.e f",
        "ten times too long": "a" * 100_000 + ".b.c",
        "the right token, blown up": signed(padding="x" * 20_000),
    }


ATTACKS = attacks()


@pytest.mark.parametrize("token", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused_and_public_calls_still_answer(api: Api, token: str) -> None:
    header = f"Bearer {token}"

    with pytest.raises(BadToken):
        verify(token)
    refused = api.send("POST", "/jobs/newjob", a_command(), Authorization=header)
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
    served = api.send("POST", "/logs/newlog", {"site": SITE, "log_message": "x"}, Authorization=header)
    assert served.status_code == 200


@pytest.mark.parametrize(
    "change", [{"aud": ["other", "master"]}, {"nbf": int(time.time()) - 5}, {"iat": None}]
)
def test_what_is_no_attack(change: dict[str, Any]) -> None:
    assert identify(f"Bearer {signed(**change)}").kind == "user"


def test_a_clock_may_be_a_few_seconds_off() -> None:
    now = int(time.time())

    assert verify(signed(exp=now - 2, iat=now + 5, nbf=now + 5))["sub"] == "auth0|alice"


def test_why_a_token_does_not_count_is_in_the_log_and_not_in_the_answer(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    answer = api.send("POST", "/jobs/newjob", {}, Authorization=f"Bearer {signed(aud='other')}")

    assert answer.content == b'{"message": "Unauthorized"}'
    assert "Audience doesn't match" in caplog.text


@pytest.mark.parametrize(
    "header",
    ["", " ", "Bearer", "Bearer ", "Bearer undefined", "bearer undefined", "Bearer null", "BEARER  null "],
)
def test_no_token_is_an_anonymous_caller(api: Api, header: str) -> None:
    assert identify(header) == ANONYMOUS
    log = {"site": SITE, "log_message": "x"}
    assert api.send("POST", "/logs/newlog", log, Authorization=header).status_code == 200
    assert api.send("POST", "/jobs/newjob", a_command(), Authorization=header).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer key_1234", "Bearer a.b", "Bearer a.b.c.d", "Basic eDp5", "Token abc", "undefined", "Bearer a b"],
)
def test_a_wrong_credential_of_another_kind_is_refused_even_where_none_is_needed(
    api: Api, header: str
) -> None:
    """It was meant to open something: a site with a wrong key should hear of it."""
    with pytest.raises(NotSignedIn):
        identify(header)
    log = {"site": SITE, "log_message": "x"}
    answer = api.send("POST", "/logs/newlog", log, Authorization=header)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_what_a_body_says_of_its_sender_grants_nothing(api: Api, alice: Person) -> None:
    lies = {"user_id": "auth0|ada", "user_roles": ["admin"], "is_admin": True}

    job = api.post("/jobs/newjob", a_command(**lies), as_=alice).json()
    send = api.post("/datastream/send", {"site": SITE, "topic": "t", "data": 1, **lies}, as_=alice)

    assert (job["user_id"], job["user_roles"]) == ("auth0|alice", [])
    assert send.status_code == 401


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        ({"roles": ["admin"]}, ("admin",)),
        ({"roles": []}, ()),
        ({"roles": "admin"}, ()),
        ({"roles": {"admin": True}}, ()),
        ({"roles": [["admin"], {"admin": 1}, 1, None, "editor"]}, ("editor",)),
        ({"roles": None}, ()),
        ({}, ()),
        (["admin"], ()),
        ("admin", ()),
        (1, ()),
    ],
)
def test_the_shapes_of_the_roles_claim(claim: Any, roles: tuple[str, ...]) -> None:
    assert identify(f"Bearer {signed(**{ROLES: claim})}").roles == roles


def test_a_token_without_the_claim_has_no_roles() -> None:
    assert identify(f"Bearer {signed(**{ROLES: None}, roles=['admin'])}").roles == ()


# --- The operator's key ------------------------------------------------------------------------------------


def a_certificate() -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tenant.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, STRANGER.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(STRANGER, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("pem", [public_pem(STRANGER).decode(), a_certificate()], ids=["key", "certificate"])
def test_a_key_given_by_the_operator(settings: Settings, pem: str) -> None:
    settings.AUTH_PUBLIC_KEY = pem

    assert verify(signed(STRANGER, iss="whoever", headers={"kid": "any"}))["sub"] == "auth0|alice"
    assert verify(signed(STRANGER, iss=None, headers={}))["sub"] == "auth0|alice"
    for attack in (signed(), hmac_signed(pem.encode()), hmac_signed(pem.strip().encode()), signed(aud="x")):
        with pytest.raises(BadToken):
            verify(attack)


@pytest.mark.parametrize("setting", ["https://tenant.example", "https://tenant.example/"])
@pytest.mark.parametrize("said", ["https://tenant.example", "https://tenant.example/"])
def test_the_issuer_may_end_in_a_slash(settings: Settings, setting: str, said: str) -> None:
    settings.AUTH_PUBLIC_KEY = public_pem(STRANGER).decode()
    settings.AUTH_ISSUER = setting

    assert verify(signed(STRANGER, iss=said))["iss"] == said


@pytest.mark.parametrize(
    "said",
    [
        "https://tenant.example//",
        "https://tenant.example.evil",
        "http://tenant.example",
        "tenant.example",
        "",
        None,
    ],
)
def test_nobody_else_is_the_issuer(settings: Settings, said: str | None) -> None:
    settings.AUTH_PUBLIC_KEY = public_pem(STRANGER).decode()
    settings.AUTH_ISSUER = "https://tenant.example"

    with pytest.raises(BadToken):
        verify(signed(STRANGER, iss=said))


# --- The server's own issuer -------------------------------------------------------------------------------


def test_other_services_can_check_the_same_tokens(api: Api) -> None:
    published = api.get("/.well-known/jwks.json").json()

    (key,) = jwt.PyJWKSet.from_dict(published).keys
    found = jwt.decode(ALICE.token, key.key, algorithms=["RS256"], audience="master", issuer="photonranch")
    assert found["sub"] == "auth0|alice"
    assert set(published["keys"][0]) == {"kty", "kid", "use", "alg", "n", "e", "key_ops"}


def test_with_another_issuer_there_are_no_own_keys_and_own_tokens_do_not_count(
    api: Api, settings: Settings, alice: Person
) -> None:
    token = alice.token
    settings.AUTH_PUBLIC_KEY = public_pem(STRANGER).decode()

    assert api.get("/.well-known/jwks.json").status_code == 404
    assert identify(f"Bearer {token}").kind == "anonymous"


def test_with_a_public_url_the_own_issuer_is_named_after_it(settings: Settings) -> None:
    before = ALICE.token
    settings.PUBLIC_URL = "https://ranch.example.org"

    assert verify(ALICE.token)["iss"] == "https://ranch.example.org/"
    with pytest.raises(BadToken):
        verify(before)


def test_the_own_key_is_kept_and_readable_by_its_owner_only(settings: Settings) -> None:
    assert tokens.own_key() is tokens.own_key()
    assert tokens.own_key().key_size >= 2048
    assert settings.AUTH_OWN_KEY.stat().st_mode & 0o777 == 0o600
