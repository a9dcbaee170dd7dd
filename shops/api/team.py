"""The team of a shop: who works for it, who is asked to, and which shops one works for."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import PasswordField
from accounts.identifiers import normal_email
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.errors import NotFound
from shops.api.permissions import HasShop, SellerViewMixin
from shops.constants import OWNER, ShopStatus, TeamRole
from shops.models import Shop, ShopInvitation, ShopMember
from shops.selectors import find_seat, seats_of
from shops.services.team import (
    accept_invitation,
    admit_invitation,
    change_roles,
    hand_over_shop,
    invite_member,
    leave_shop,
    remove_member,
    resend_invitation,
    revoke_invitation,
)

ROLES = [(OWNER, "Owner"), *TeamRole.choices]


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody of the team, as its owner sees them."""

    user_id = serializers.UUIDField(source="pk", read_only=True)
    full_name = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True, allow_null=True)


class MemberSerializer(serializers.ModelSerializer[ShopMember]):
    user_id = serializers.UUIDField(read_only=True)
    full_name = serializers.CharField(source="user.full_name", read_only=True)
    email = serializers.CharField(source="user.email", read_only=True, allow_null=True)
    roles: Any = serializers.ListField(child=serializers.ChoiceField(TeamRole.choices))

    class Meta:
        model = ShopMember
        fields = ("id", "user_id", "full_name", "email", "roles", "created_at")
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[ShopInvitation]):
    """An invitation that was not answered; its token is in the mail alone."""

    roles: Any = serializers.ListField(child=serializers.ChoiceField(TeamRole.choices))

    class Meta:
        model = ShopInvitation
        fields = ("id", "email", "roles", "expires_at", "created_at", "updated_at")
        read_only_fields = fields


class TeamSerializer(serializers.Serializer[Any]):
    owner = PersonSerializer()
    members = MemberSerializer(many=True)
    invitations = InvitationSerializer(many=True, help_text="Those not answered yet.")


class MembershipShopSerializer(serializers.ModelSerializer[Shop]):
    status = serializers.ChoiceField(choices=ShopStatus.choices, read_only=True)

    class Meta:
        model = Shop
        fields = ("id", "name", "slug", "status")
        read_only_fields = fields


class MembershipSerializer(serializers.Serializer[Any]):
    """A shop that the caller works for, and as what."""

    shop = MembershipShopSerializer(read_only=True)
    roles: Any = serializers.ListField(child=serializers.ChoiceField(ROLES), read_only=True)


@extend_schema_field({"type": "string", "format": "email"})
class MailboxField(serializers.CharField):
    """An e-mail address, in its one spelling."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return normal_email(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class RolesInput(serializers.Serializer[Any]):
    roles = serializers.ListField(
        child=serializers.ChoiceField(TeamRole.choices),
        allow_empty=False,
        max_length=10,
        help_text="One or more.",
    )


@extend_schema_serializer(component_name="InviteMember")
class InviteInput(RolesInput):
    email = MailboxField(max_length=254)


class AcceptInvitationInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200, help_text="From the link in the mail.")


class HandOverInput(serializers.Serializer[Any]):
    member_id = serializers.UUIDField()
    current_password = PasswordField(help_text="The present owner's own.")


class _TeamView(SellerViewMixin):
    """Of the owner alone; also a suspended shop has a team."""

    permission_classes = (IsAuthenticated, HasShop)


@extend_schema(tags=["seller: team"])
class TeamView(_TeamView):
    @extend_schema(summary="My shop's team", responses=TeamSerializer)
    def get(self, request: AuthenticatedRequest) -> Response:
        members = ShopMember.objects.of(self.shop).select_related("user")
        invitations = ShopInvitation.objects.of(self.shop)
        team = {"owner": request.user, "members": members, "invitations": invitations}
        return Response(TeamSerializer(team).data)


@extend_schema(tags=["seller: team"])
class InvitationsView(_TeamView):
    @extend_schema(
        summary="Invite somebody by e-mail",
        description="The link in the mail is good for seven days and once, for a user who has "
        "confirmed that e-mail address. 409 `already_member`, `already_invited`, `team_full`; "
        "403 `shop_not_active` before the shop is approved.",
        request=InviteInput,
        responses={201: InvitationSerializer},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        body = InviteInput(data=request.data)
        body.is_valid(raise_exception=True)
        admit_invitation(self.shop.pk, body.validated_data["email"])
        invitation = invite_member(self.shop.pk, actor=request.user, **body.validated_data)
        return Response(InvitationSerializer(invitation).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["seller: team"])
class InvitationView(_TeamView):
    @extend_schema(summary="Revoke an invitation", responses={204: None})
    def delete(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        revoke_invitation(pk, shop_id=self.shop.pk, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["seller: team"])
class ResendInvitationView(_TeamView):
    @extend_schema(
        summary="Send an invitation again",
        description="With a new link, good for seven days from now; the one before ends.",
        request=None,
        responses=InvitationSerializer,
    )
    def post(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        invitation = ShopInvitation.objects.of(self.shop).filter(pk=pk).first()
        if invitation is not None:
            admit_invitation(self.shop.pk, invitation.email)
        invitation = resend_invitation(pk, shop_id=self.shop.pk, actor=request.user)
        return Response(InvitationSerializer(invitation).data)


@extend_schema(tags=["seller: team"])
class MemberView(_TeamView):
    @extend_schema(
        summary="Give a member other roles", request=RolesInput, responses=MemberSerializer
    )
    def patch(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        if not self.shop.members.filter(pk=pk).exists():
            raise NotFound  # whatever the body says
        body = RolesInput(data=request.data)
        body.is_valid(raise_exception=True)
        member = change_roles(pk, shop_id=self.shop.pk, actor=request.user, **body.validated_data)
        return Response(MemberSerializer(member).data)

    @extend_schema(summary="Take a member out of the team", responses={204: None})
    def delete(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        remove_member(pk, shop_id=self.shop.pk, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["seller: team"])
class OwnerView(_TeamView):
    @extend_schema(
        summary="Hand the shop over to a member",
        description="The caller stays, as a member with every role. API keys, open invitations "
        "and drafted payouts end, webhooks are switched off, and the bank account is taken out: "
        "payouts wait until the new owner has entered one. 409 `owns_another_shop`.",
        request=HandOverInput,
        responses=MembershipSerializer,
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        body = HandOverInput(data=request.data)
        body.is_valid(raise_exception=True)
        shop = hand_over_shop(
            self.shop.pk,
            actor=request.user,
            member_id=body.validated_data["member_id"],
            password=body.validated_data["current_password"],
        )
        return Response(MembershipSerializer(find_seat(request.user, shop.pk)).data)


class _OwnView(APIView):
    request: AuthenticatedRequest
    permission_classes = (IsAuthenticated,)


@extend_schema(tags=["seller: team"])
class AcceptInvitationView(_OwnView):
    @extend_schema(
        summary="Join a shop's team",
        description="400 `invalid_invitation` for a token that is used, revoked, replaced or "
        "expired; 403 `wrong_account` unless the caller has confirmed the invited address.",
        request=AcceptInvitationInput,
        responses={201: MembershipSerializer},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        body = AcceptInvitationInput(data=request.data)
        body.is_valid(raise_exception=True)
        member = accept_invitation(body.validated_data["token"], user=request.user)
        seat = find_seat(request.user, member.shop_id)
        return Response(MembershipSerializer(seat).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["seller: team"])
class MembershipsView(_OwnView):
    @extend_schema(
        summary="Shops that I work for",
        description="My own first, the others as I joined them. Calls below `/seller` are about "
        "the first one unless `X-Shop-ID` names another.",
        responses=MembershipSerializer(many=True),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        return Response(MembershipSerializer(seats_of(request.user), many=True).data)


@extend_schema(tags=["seller: team"])
class MembershipView(_OwnView):
    @extend_schema(
        summary="Leave a shop's team",
        description="409 `owner_cannot_leave`.",
        responses={204: None},
    )
    def delete(self, request: AuthenticatedRequest, shop_id: UUID) -> Response:
        leave_shop(shop_id, user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
