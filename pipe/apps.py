from django.apps import AppConfig


class PipeConfig(AppConfig):
    name = "pipe"
    verbose_name = "PIPE"
