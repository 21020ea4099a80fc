from django.apps import AppConfig


class StatusConfig(AppConfig):
    name = "status"
    verbose_name = "Status"

    def ready(self) -> None:
        from photonranch.api.signals import site_called
        from status import lastseen

        site_called.connect(lastseen.heard, dispatch_uid="status.lastseen")
