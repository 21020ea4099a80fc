from django.apps import AppConfig
from django.conf import settings


class PhotonranchConfig(AppConfig):
    name = "photonranch"

    def ready(self) -> None:
        from photonranch.api import header_lines
        from photonranch.auth import tokens
        from photonranch.conf import checks  # noqa: F401  (two that register themselves)
        from photonranch.observe import backlog, readiness

        header_lines.install()
        # Registers the pages of accounts. Not in `photonranch.admin` itself, which settings import
        # before there are models.
        import photonranch.admin.people  # noqa: F401

        readiness.check_what_everybody_needs()
        backlog.tell()

        if settings.AUTH_PUBLIC_KEY:
            # A key that is none stops the start, not the first user.
            tokens.public_key_from_pem(settings.AUTH_PUBLIC_KEY)
