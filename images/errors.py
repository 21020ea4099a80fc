"""What can go wrong with a download, beyond the house's common errors."""

from photonranch.errors import ApiError


class TooMany(ApiError):
    """More files than one archive may hold. The web frontend tells people so when it sees a 504."""

    status = 504


class Unusable(ApiError):
    """The stored file cannot be converted; asking again does not help."""

    status = 422
