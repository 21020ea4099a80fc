from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "streams"

    def ready(self) -> None:
        from photonranch.observe import metrics
        from streams.metrics import StreamCollector

        metrics.registry.register(StreamCollector())
