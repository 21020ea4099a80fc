from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = "Targets"

    def ready(self) -> None:
        from photonranch.observe import readiness
        from sky.earth import table_ends

        readiness.details["earth"] = lambda: f"UT1 and the pole are known until {table_ends()}."
