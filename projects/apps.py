from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projects"

    def ready(self) -> None:
        from images.signals import header_read
        from projects import frames

        header_read.connect(frames.heard, dispatch_uid="projects.frames")
