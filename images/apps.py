from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = "Images"

    def ready(self) -> None:
        from images import metrics, readiness
        from photonranch.observe.metrics import ask_for
        from photonranch.observe.readiness import check

        ask_for("images", metrics.ask)
        check("storage", readiness.storage)
