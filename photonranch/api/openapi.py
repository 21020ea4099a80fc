"""What the API's documentation says of all calls: how to sign in, and what is refused."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

# What a call answers with 400, wherever it reads something of its caller.
BAD_REQUEST = OpenApiResponse(OpenApiTypes.STR, description="A sentence that names the field.")

# What a machine shows.
_KEYS = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "The key of a site, of PIPE's machines or of the datastream (`python manage.py site_key saf`)."
        ),
    },
    "keyInUrl": {
        "type": "http",
        "scheme": "basic",
        "description": "The same key as the password, its holder as the user: `https://saf:<key>@host/…`.",
    },
}
# For `extend_schema(auth=…)`: calls that machines make. Anybody may, as they always could; with
# REQUIRE_SITE_KEYS one of these is needed. The empty one is how OpenAPI says that nothing is needed. (Any,
# because the decorator's stub knows only names.)
BY_KEY: Any = [{"key": []}, {"keyInUrl": []}, {"userToken": []}, {}]
# Calls of people that a site may make for itself: one of these is always needed.
BY_USER_OR_SITE: Any = [{"key": []}, {"keyInUrl": []}, {"userToken": []}]


class UserToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "photonranch.auth.credentials.CallerAuthentication"
    name = "userToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A user's token (RS256). To try: `python manage.py token alice --role admin`.",
        }


def with_keys(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: adds what no single class authenticates by itself."""
    result["components"]["securitySchemes"] |= _KEYS
    return result
