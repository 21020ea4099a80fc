from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Calendar"

    def ready(self) -> None:
        from reservations import planned, portal, schedules

        schedules.add("the calendar", planned.observations)
        schedules.add("the observation portal", portal.observations)
