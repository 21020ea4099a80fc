"""PIPE: queues, what is under way, what died, and the machines."""

from console.pages import Page


class PipePage(Page):
    template_name = "console/pipe.html"
