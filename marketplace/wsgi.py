"""The REST API and the admin console, for granian or any other WSGI server."""

from django.core.wsgi import get_wsgi_application

from marketplace.environment import prepare

prepare()
from marketplace.monitoring.start import watch  # noqa: E402 - needs the settings

watch()
django_application = get_wsgi_application()

from catalog.search.analytics import count_views  # noqa: E402 - needs the settings
from marketplace.edge import Edge  # noqa: E402

application = Edge(django_application, count_views)
