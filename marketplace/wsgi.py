"""The REST API and the admin console, for granian or any other WSGI server."""

from django.core.wsgi import get_wsgi_application

from marketplace.environment import prepare

prepare()
django_application = get_wsgi_application()

from marketplace.edge import Edge  # noqa: E402 - needs the settings

application = Edge(django_application)
