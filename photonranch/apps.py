from django.apps import AppConfig
from django.conf import settings


class PhotonranchConfig(AppConfig):
    name = "photonranch"

    def ready(self) -> None:
        from photonranch.api import header_lines, openapi  # noqa: F401  (it registers itself)
        from photonranch.auth import tokens
        from photonranch.conf import checks  # noqa: F401  (they register themselves)
        from photonranch.observe import backlog, readiness

        header_lines.install()
        readiness.check_what_everybody_needs()
        backlog.tell()

        if settings.AUTH_PUBLIC_KEY:
            # A key that is none stops the start, not the first user.
            tokens.public_key_from_pem(settings.AUTH_PUBLIC_KEY)
