"""A council's quality frameworks: open to everybody once published, every version."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from cms_models.accounts.models import Authority
from cms_models.quality.models import KpiSense
from cms_models.quality.selectors import (
    by_domain,
    edition_asked,
    published_frameworks,
    weights_by_domain,
)


class QualityBookPage(TemplateView):
    """The version published last, or one by its title and number."""

    template_name = "theme/public/quality.html"

    @cached_property
    def authority(self) -> Authority:
        """The council that asks."""
        return get_object_or_404(Authority, code=self.kwargs["council"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find the version and weigh its domains."""
        asked = self.kwargs.get("title"), self.kwargs.get("edition")
        framework = edition_asked(self.authority, slug=asked[0], edition=asked[1])
        if framework is None and asked[0]:
            raise Http404("No such version.")
        weights = weights_by_domain(framework) if framework else {}
        return super().get_context_data(
            authority=self.authority,
            framework=framework,
            domains=[
                {"title": title, "weight": weights[title], "standards": standards}
                for title, standards in (by_domain(framework) if framework else {}).items()
            ],
            kpis=framework.kpis.all() if framework else (),
            senses_said=dict(KpiSense.choices),
            versions=published_frameworks(self.authority),
            **kwargs,
        )
