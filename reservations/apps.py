from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Calendar"

    def ready(self) -> None:
        from reservations import planned, portal, schedules, taken
        from targets import calendars

        schedules.add("the calendar", planned.observations)
        schedules.add("the observation portal", portal.observations)
        calendars.add(taken.times)
