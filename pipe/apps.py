from django.apps import AppConfig


class PipeConfig(AppConfig):
    name = "pipe"
    verbose_name = "PIPE"

    def ready(self) -> None:
        from photonranch.observe.metrics import ask_for
        from pipe import metrics

        ask_for("pipe", metrics.ask)
