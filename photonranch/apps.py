from django.apps import AppConfig


class PhotonranchConfig(AppConfig):
    name = "photonranch"

    def ready(self) -> None:
        from photonranch import openapi  # noqa: F401  (registers itself)
