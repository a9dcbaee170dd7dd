"""Where providers report, where browsers come back to, and the make-believe provider's page."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from marketplace.common.api.webhooks import PostedWebhookView, QueryWebhookView
from marketplace.common.errors import NotFound
from marketplace.common.money import display_amount
from marketplace.common.webhooks import Answer, Message
from orders.constants import PaymentMethod
from orders.payments import fake
from orders.payments.models import Payment
from orders.payments.services.returns import payment_returned
from orders.payments.services.webhooks import receive


class PaymentWebhookMixin:
    """Where a payment provider reports."""

    provider = PaymentMethod.STRIPE

    def take(self, message: Message) -> Answer:
        return receive(self.provider, message)


class PostedPaymentWebhookView(PaymentWebhookMixin, PostedWebhookView):
    """A payment provider that posts."""


class QueryPaymentWebhookView(PaymentWebhookMixin, QueryWebhookView):
    """A payment provider that reports in the query of a GET."""


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
