"""The network: every site at a glance."""

from console.pages import Page


class NetworkPage(Page):
    template_name = "console/network.html"
