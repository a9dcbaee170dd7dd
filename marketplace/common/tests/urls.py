"""Addresses that misbehave on demand, for tests of what surrounds every view."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.common.api.fields import QuantityField, SparseFieldsMixin, TextField
from marketplace.common.errors import DomainError, InvalidInput, Kind, TooManyAttempts
from marketplace.common.outbox.models import OutboxEvent

SECRET = "the-secret-of-the-traceback"


def refusal(kind: Kind) -> DomainError:
    error_class = type("Made", (DomainError,), {"kind": kind, "code": f"made_{kind.value}"})
    return error_class("Made to be refused.", details=[{"field": "a", "code": "b", "message": "c"}])


ERRORS: dict[str, Any] = {
    **{kind.value: refusal(kind) for kind in Kind},
    "invalid-input": InvalidInput("voucher_codes.0", "No such voucher.", code="unknown"),
    "too-many": TooManyAttempts(retry_after=42),
    "django-404": Http404(SECRET),
    "django-403": PermissionDenied(SECRET),
    "data-error": DataError(SECRET),
    "bug": RuntimeError(SECRET),
}


class OpenView(APIView):
    permission_classes = (AllowAny,)


class RaiseView(OpenView):
    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name]


class ItemInput(serializers.Serializer):
    quantity = QuantityField()


class EchoInput(serializers.Serializer):
    name = TextField(max_length=20)
    items = ItemInput(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "impossible":
            raise serializers.ValidationError("These do not go together.", code="conflict")
        return attrs


class EchoView(OpenView):
    def post(self, request: Request) -> Response:
        body = EchoInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


class AnyView(OpenView):
    """Gives back whatever JSON it is sent."""

    def post(self, request: Request) -> Response:
        return Response({"data": request.data})


class ClosedView(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


class StaffView(APIView):
    permission_classes = (IsAdminUser,)

    def get(self, request: Request) -> Response:
        return Response({})


class WriteThenFailView(OpenView):
    """A bug in the middle of a transaction."""

    def post(self, request: Request) -> Response:
        with transaction.atomic():
            OutboxEvent.objects.create(topic="half", payload={})
            raise RuntimeError(SECRET)


class QueryView(OpenView):
    """Needs the database."""

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Response({"q": request.query_params.get("q")})


class EventSerializer(SparseFieldsMixin, serializers.ModelSerializer):
    class Meta:
        model = OutboxEvent
        fields = ["id", "topic", "attempts"]


class EventsView(ListAPIView):
    """Events by number of attempts, in either direction, or by id."""

    permission_classes = (AllowAny,)
    filter_backends = ()
    serializer_class = EventSerializer

    def get_queryset(self) -> Any:
        ordering = self.request.query_params.get("ordering", "-id")
        return OutboxEvent.objects.order_by(ordering)


def plain_bug(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


def plain_outage(request: HttpRequest) -> HttpResponse:
    raise OperationalError(SECRET)


urlpatterns = [
    path("raise/<str:name>", RaiseView.as_view()),
    path("echo", EchoView.as_view()),
    path("any", AnyView.as_view()),
    path("closed", ClosedView.as_view()),
    path("staff", StaffView.as_view()),
    path("half", WriteThenFailView.as_view()),
    path("query", QueryView.as_view()),
    path("events", EventsView.as_view()),
    path("plain-bug", plain_bug),
    path("plain-outage", plain_outage),
]
handler400 = "marketplace.common.api.errors.bad_request"
handler403 = "marketplace.common.api.errors.permission_denied"
handler404 = "marketplace.common.api.errors.not_found"
handler500 = "marketplace.common.api.errors.server_error"
