from django.apps import AppConfig


class SitecfgConfig(AppConfig):
    name = "sitecfg"
    verbose_name = "Sites"
