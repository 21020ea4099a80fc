from django.apps import AppConfig
from django.conf import settings


class PhotonranchConfig(AppConfig):
    name = "photonranch"

    def ready(self) -> None:
        from photonranch import auth, checks, header_lines, openapi  # noqa: F401  (two that register themselves)
        from photonranch.observe import backlog, readiness

        header_lines.install()
        readiness.check_what_everybody_needs()
        backlog.tell()

        if settings.AUTH_PUBLIC_KEY:
            # A key that is none stops the start, not the first user.
            auth.public_key_from_pem(settings.AUTH_PUBLIC_KEY)
