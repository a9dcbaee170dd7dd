"""Vouchers before an order: what a code is worth, and which ones there are."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from marketplace.common.api.fields import MoneyField, SparseFieldsMixin
from marketplace.common.api.pagination import KeysetPagination
from marketplace.common.api.requests import AuthenticatedRequest, query_of
from marketplace.common.api.schema import FIELDS
from orders.checkout.vouchers import Offer, best_offers, check_code
from vouchers.api.serializers import VoucherCodeField, VoucherSerializer
from vouchers.constants import Reason
from vouchers.errors import Refusal


class OfferInput(serializers.Serializer[Any]):
    """Beside what: so much of goods, of one shop where it is named, or else the cart."""

    shop_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    subtotal = MoneyField(
        source="subtotal_amount",
        required=False,
        allow_null=True,
        default=None,
        help_text="Left out: the caller's cart, as far as it is from that shop.",
    )


class OfferListInput(OfferInput):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=100, help_text="How many at most; 20 if left out."
    )


class ValidateVoucherInput(OfferInput):
    code = VoucherCodeField()


class ValidatedVoucherSerializer(serializers.Serializer[Any]):
    """Whether a code can be used, what it takes off, or what stands in the way."""

    valid = serializers.BooleanField(read_only=True)
    voucher = VoucherSerializer(read_only=True, allow_null=True)
    discount = MoneyField(
        source="discount_amount",
        read_only=True,
        allow_null=True,
        help_text="Null for free shipping: the fee depends on the address.",
    )
    reason = serializers.ChoiceField(choices=Reason.choices, read_only=True, allow_null=True)
    message = serializers.CharField(read_only=True, help_text="The reason for people, or empty.")
    missing_amount = MoneyField(
        read_only=True, allow_null=True, help_text="What is left to the least spend."
    )


class VoucherOfferSerializer(SparseFieldsMixin, VoucherSerializer):
    """A voucher on offer, with what it takes off or what is missing."""

    discount = MoneyField(
        read_only=True,
        allow_null=True,
        help_text="Null for free shipping: the fee depends on the address.",
    )
    is_applicable = serializers.BooleanField(read_only=True)
    reason = serializers.ChoiceField(choices=Reason.choices, read_only=True, allow_null=True)
    message = serializers.CharField(read_only=True)
    missing_amount = MoneyField(read_only=True, allow_null=True)

    class Meta(VoucherSerializer.Meta):
        fields = (
            *VoucherSerializer.Meta.fields,
            "discount",
            "is_applicable",
            "reason",
            "message",
            "missing_amount",
        )
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        offer: Offer = instance
        judged = _judged(offer.discount_amount, offer.refusal)
        row: Any = offer.voucher
        for name, value in judged.items():
            setattr(row, name, value)
        row.discount, row.is_applicable = offer.discount_amount, offer.refusal is None
        return super().to_representation(row)


class VoucherOfferListSerializer(serializers.Serializer[Any]):
    """The best first; there are no further pages."""

    results = VoucherOfferSerializer(many=True, read_only=True)
    next = serializers.URLField(read_only=True, allow_null=True)
    previous = serializers.URLField(read_only=True, allow_null=True)


@extend_schema(tags=["vouchers"])
class VoucherViewSet(viewsets.GenericViewSet[Any]):
    """What the caller's vouchers are worth; ordering with them is `POST /orders`."""

    request: AuthenticatedRequest
    permission_classes = (IsAuthenticated,)
    serializer_class = VoucherSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        summary="Try a code",
        description="Wrong codes are limited per user: 429 `throttled`.",
        request=ValidateVoucherInput,
        responses=ValidatedVoucherSerializer,
    )
    @action(detail=False, methods=["post"])
    def validate(self, request: AuthenticatedRequest) -> Response:
        body = ValidateVoucherInput(data=request.data)
        body.is_valid(raise_exception=True)
        found = check_code(buyer=request.user, **body.validated_data)
        offer = found if isinstance(found, Offer) else None
        refusal = found.refusal if isinstance(found, Offer) else found
        answer = {
            "valid": refusal is None,
            "voucher": offer.voucher if offer else None,
            **_judged(offer.discount_amount if offer else 0, refusal),
        }
        return Response(ValidatedVoucherSerializer(answer).data)

    @extend_schema(
        summary="Vouchers on offer",
        description=(
            "Public vouchers of the platform, and of `shop_id` or else of the shops in the cart, "
            "the best first. Those that do not apply yet come last, with what is missing."
        ),
        parameters=[OfferListInput, FIELDS],
        responses=VoucherOfferListSerializer,
    )
    @action(detail=False, methods=["get"])
    def available(self, request: AuthenticatedRequest) -> Response:
        query = query_of(request, OfferInput)
        limit = KeysetPagination.limit(request)
        offers: Any = best_offers(buyer=request.user, **query)[:limit]
        rows = VoucherOfferSerializer(offers, many=True, context=self.get_serializer_context())
        return Response({"results": rows.data, "next": None, "previous": None})


def _judged(discount_amount: int | None, refusal: Refusal | None) -> dict[str, Any]:
    return {
        "discount_amount": discount_amount,
        "reason": refusal.reason if refusal else None,
        "message": refusal.message if refusal else "",
        "missing_amount": (refusal.missing_amount or None) if refusal else None,
    }
