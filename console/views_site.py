"""A site: everything that is known of one."""

from typing import Any

from django.http import Http404

from console.pages import Page
from sitecfg.models import Site


class SitePage(Page):
    template_name = "console/site.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site = Site.objects.in_brief(kwargs["site"])
        if site is None:
            raise Http404(f"There is no site {kwargs['site']}.")
        return super().get_context_data(**kwargs, record=site)
