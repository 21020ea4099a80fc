from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "Commands"

    def ready(self) -> None:
        from jobs import metrics
        from photonranch.observe.metrics import ask_for

        ask_for("jobs", metrics.ask)
