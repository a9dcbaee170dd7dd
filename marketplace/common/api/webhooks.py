"""The view that a provider reports to, whoever it is."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.common.api.errors import error_response
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.webhooks import Answer, Message

MAX_MESSAGE_BYTES = 256 * 1024
PROVIDER_ANSWERS = {
    200: OpenApiResponse(OpenApiTypes.STR, "The provider's own words for how it went."),
    204: OpenApiResponse(None, "MoMo: taken."),
    400: OpenApiResponse(OpenApiTypes.STR, "Not signed by the provider."),
    404: OpenApiResponse(OpenApiTypes.OBJECT, "This provider is not set up here."),
}


class WebhookView(APIView):
    """A provider's report: the signature is checked before anything else is read.

    Answered in the provider's own format; one effect per message, however often it comes.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def take(self, message: Message) -> Answer:
        """Act on a message. Raises: InvalidInput for a provider that is not set up here."""
        raise NotImplementedError

    def receive(self, http: HttpRequest) -> HttpResponse:
        """Read the raw request and answer it in the provider's words."""
        if len(http.body) > MAX_MESSAGE_BYTES:
            return error_response(413, "payload_too_large", "The body is too large.")
        message = Message(
            body=http.body, query=http.META.get("QUERY_STRING", ""), headers=dict(http.headers)
        )
        try:
            answer = self.take(message)
        except InvalidInput as error:
            raise NotFound from error
        return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


class PostedWebhookView(WebhookView):
    @extend_schema(tags=["webhooks"], request=OpenApiTypes.OBJECT, responses=PROVIDER_ANSWERS)
    def post(self, request: Request) -> HttpResponse:
        """Take a provider's report."""
        return self.receive(request._request)


class QueryWebhookView(WebhookView):
    @extend_schema(tags=["webhooks"], responses=PROVIDER_ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """Take a provider's report."""
        return self.receive(request._request)
