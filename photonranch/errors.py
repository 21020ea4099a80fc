"""Small named errors, raised at the problem and rendered once, in `photonranch.api`."""


class ApiError(Exception):
    """A refusal with a status code and one plain sentence for whoever called.

    `as_object` answers `{"message": sentence}`, where the original services sent an object.
    """

    status: int = 400
    as_object = False

    def __init__(self, sentence: str, *, as_object: bool | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if as_object is not None:
            self.as_object = as_object


class BadRequest(ApiError):
    status = 400


class Unauthorized(ApiError):
    status = 401


class NotSignedIn(Unauthorized):
    """No token came, or one that does not count."""

    as_object = True

    def __init__(self, sentence: str = "Unauthorized") -> None:
        super().__init__(sentence)


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class MethodNotServed(ApiError):
    status = 405


class Conflict(ApiError):
    status = 409


class TooLarge(ApiError):
    status = 413


class Unavailable(ApiError):
    """Something that this server needs does not answer now; trying again later is right."""

    status = 503


class NoSpace(ApiError):
    """A disk is full."""

    status = 507


class RefusedByFramework(ApiError):
    """A refusal that the framework made by itself, with its status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status
