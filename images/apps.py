from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = "Images"

    def ready(self) -> None:
        from images import metrics, readiness, store
        from photonranch.observe.metrics import ask_for
        from photonranch.observe.readiness import check
        from photonranch.servers.limits import allow_body_up_to

        ask_for("images", metrics.ask)
        check("storage", readiness.storage)
        allow_body_up_to(store.UPLOAD_URL, store.most_of_a_form)
