"""Where providers report, where browsers come back to, and the make-believe provider's page."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.common.api.errors import error_response
from marketplace.common.errors import InvalidInput, NotFound
from marketplace.common.money import display_amount
from orders.constants import PaymentMethod
from orders.payments import fake
from orders.payments.gateways.base import Message
from orders.payments.models import Payment
from orders.payments.services.returns import payment_returned
from orders.payments.services.webhooks import receive

MAX_MESSAGE_BYTES = 256 * 1024
_PROVIDER_ANSWERS = {
    200: OpenApiResponse(OpenApiTypes.STR, "The provider's own words for how it went."),
    204: OpenApiResponse(None, "MoMo: taken."),
    400: OpenApiResponse(OpenApiTypes.STR, "Not signed by the provider."),
    404: OpenApiResponse(OpenApiTypes.OBJECT, "This provider's payments are off."),
}


class WebhookView(APIView):
    """A provider's report: the signature is checked before anything else is read.

    Answered in the provider's own format; one effect per message, however often it comes.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    provider = PaymentMethod.STRIPE

    def _receive(self, request: Request) -> HttpResponse:
        http = request._request
        if len(http.body) > MAX_MESSAGE_BYTES:
            return error_response(413, "payload_too_large", "The body is too large.")
        message = Message(
            body=http.body, query=http.META.get("QUERY_STRING", ""), headers=dict(http.headers)
        )
        try:
            answer = receive(self.provider, message)
        except InvalidInput as error:
            raise NotFound from error
        return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


class PostedWebhookView(WebhookView):
    @extend_schema(tags=["webhooks"], request=OpenApiTypes.OBJECT, responses=_PROVIDER_ANSWERS)
    def post(self, request: Request) -> HttpResponse:
        """Take a provider's report."""
        return self._receive(request)


class QueryWebhookView(WebhookView):
    @extend_schema(tags=["webhooks"], responses=_PROVIDER_ANSWERS)
    def get(self, request: Request) -> HttpResponse:
        """Take a provider's report."""
        return self._receive(request)


class PaymentReturnView(APIView):
    """Where a provider sends the buyer's browser: on to the shop front, with what is known here.

    It changes nothing: whether money arrived is between the provider and this site.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["payments"], responses={302: OpenApiResponse(None, "On to the shop front.")}
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Send the browser on to the shop front with the payment's id and status."""
        if provider.upper() not in PaymentMethod.values:
            raise NotFound
        query = request._request.META.get("QUERY_STRING", "")
        payment = payment_returned(provider.upper(), Message(query=query))
        return HttpResponseRedirect(shop_front_url(payment))


def shop_front_url(payment: Payment | None) -> str:
    """Return the shop front's address for a payment; the host is configured, never given."""
    values = {"status": "unknown"}
    if payment is not None:
        values = {"payment_id": str(payment.pk), "status": payment.status}
    return f"{settings.SHOP_FRONT_URL}/payment?{urlencode(values)}"


@csrf_exempt  # the buyer holds the unguessable reference, and there is nothing here to protect
@require_http_methods(["GET", "POST"])
def fake_page(request: HttpRequest, reference: UUID) -> HttpResponse:
    """The make-believe provider's page: one chooses what becomes of the payment."""
    charge = fake.look_up(reference.hex) if settings.FAKE_PAYMENTS else None
    if charge is None:
        raise Http404
    context: dict[str, Any] = {"charge": charge}
    if request.method == "POST":
        decided = fake.decide(charge.reference, request.POST.get("state", ""))
        if decided is not None and decided.state != "waiting":
            body, signature = fake.message_of(decided)
            receive(PaymentMethod.FAKE, Message(body, headers={fake.SIGNATURE_HEADER: signature}))
        context["charge"] = decided
    payment = Payment.objects.filter(pk=reference).first()
    context["back_url"] = shop_front_url(payment)
    context["amount"] = display_amount(charge.amount, charge.currency)
    return render(request, "payments/fake.html", context)
