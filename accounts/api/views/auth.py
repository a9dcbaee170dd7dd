from typing import Any

from django.conf import settings
from django.utils.translation import get_language_from_request
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError

from accounts import services
from accounts.api.authentication import OptionalSessionAuthentication
from accounts.api.schema import refusal
from accounts.api.serializers import (
    ChangePasswordInput,
    IdentifierInput,
    LoginInput,
    RefreshInput,
    RegisterInput,
    RegistrationSerializer,
    ResetPasswordInput,
    SignInSerializer,
    TokensSerializer,
    VerifyOtpInput,
)
from accounts.constants import QUARTER_SECONDS, Language
from accounts.errors import TokenNotValid
from accounts.hooks import run_sign_in_hooks
from accounts.models import Session
from accounts.tokens import RefreshToken, token_pair
from marketplace.common.api.network import client_ip
from marketplace.common.api.requests import AuthenticatedRequest
from marketplace.common.audit.context import origin_of
from marketplace.common.limits.services import check_limit

CART_TOKEN = OpenApiParameter(
    "X-Cart-Token",
    str,
    OpenApiParameter.HEADER,
    description="A guest's cart, which is merged into the user's.",
)


class PublicView(APIView):
    """Anybody may call; whoever they were signed in as does not matter."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = ()
    permission_classes = (AllowAny,)


class CodeView(PublicView):
    """Calls that send a message or try a code are limited per address, beside what each limits."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_limit(
            "code_requests",
            client_ip(request),
            limit=settings.CODE_REQUESTS_PER_ADDRESS,
            window_seconds=QUARTER_SECONDS,
        )


class RegisterView(CodeView):
    @extend_schema(
        operation_id="register", request=RegisterInput, responses={201: RegistrationSerializer}
    )
    def post(self, request: Request) -> Response:
        """Register and get a one-time code.

        The answer is the same for an identifier that is taken; its owner gets a notice instead.
        """
        body = RegisterInput(data=request.data)
        body.is_valid(raise_exception=True)
        data = {"language": _language(request), **body.validated_data}
        registration = services.register_user(**data)
        return Response(RegistrationSerializer(registration).data, status=status.HTTP_201_CREATED)


class VerifyOtpView(CodeView):
    authentication_classes = (OptionalSessionAuthentication,)

    @extend_schema(
        operation_id="verify_otp",
        request=VerifyOtpInput,
        responses={200: SignInSerializer, 403: refusal("`account_suspended`.")},
        parameters=[CART_TOKEN],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Confirm a phone number or e-mail address by its code, and sign in.

        Signed in, it confirms a new identifier that was set in the profile, and the second one of
        an account that has confirmed its first.
        """
        body = VerifyOtpInput(data=request.data)
        body.is_valid(raise_exception=True)
        session = services.verify_code(
            body.identifier,
            body.validated_data["code"],
            caller=request.user if request.user.is_authenticated else None,
            **_device(request),
        )
        return _signed_in(request, session)


class ResendOtpView(CodeView):
    @extend_schema(operation_id="resend_otp", request=IdentifierInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Ask for a new code. The answer is always the same."""
        body = IdentifierInput(data=request.data)
        body.is_valid(raise_exception=True)
        services.resend_code(body.identifier)
        return Response(status=status.HTTP_202_ACCEPTED)


class LoginView(PublicView):
    @extend_schema(
        operation_id="login",
        request=LoginInput,
        responses={
            200: SignInSerializer,
            401: refusal("`invalid_credentials`, also for an unknown user."),
            403: refusal(
                "`account_not_verified`, `account_suspended`; of staff `second_factor_required`, "
                "`second_factor_not_enrolled`."
            ),
        },
        parameters=[CART_TOKEN],
    )
    def post(self, request: Request) -> Response:
        """Sign in with a password.

        Staff with a second factor send its `code` as well: 403 `second_factor_required` without,
        400 `wrong_second_factor` for a wrong one or one that was used. Where the deployment demands
        a second factor, staff enrol in the console first.
        """
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        session = services.log_in(
            body.identifier,
            data["password"],
            code=data["code"],
            user_agent=request.headers.get("User-Agent", ""),
            origin=origin_of(request._request),
        )
        return _signed_in(request, session)


class RefreshView(PublicView):
    @extend_schema(
        operation_id="refresh",
        request=RefreshInput,
        responses={200: TokensSerializer, 401: refusal("`token_not_valid`: sign in again.")},
    )
    def post(self, request: Request) -> Response:
        """Spend a refresh token for a new pair; spending one twice ends the whole sign-in."""
        token = _refresh_token(request)
        try:
            session_id, token_id = token.session_id, token.token_id
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise TokenNotValid from error
        return Response(token_pair(services.refresh_session(session_id, token_id)))


class LogoutView(PublicView):
    @extend_schema(
        operation_id="logout",
        request=RefreshInput,
        responses={204: None, 401: refusal("`token_not_valid`: no token of ours.")},
    )
    def post(self, request: Request) -> Response:
        """End the sign-in that a refresh token belongs to."""
        token = _refresh_token(request)
        try:
            session_id = token.session_id
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise TokenNotValid from error
        services.log_out(session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutAllView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="logout_all", request=None, responses={204: None})
    def post(self, request: AuthenticatedRequest) -> Response:
        """End every sign-in of the caller, this one included."""
        services.log_out_everywhere(request.user.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ForgotPasswordView(CodeView):
    @extend_schema(operation_id="forgot_password", request=IdentifierInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Ask for a code to set a new password. The answer is always the same."""
        body = IdentifierInput(data=request.data)
        body.is_valid(raise_exception=True)
        services.request_password_reset(body.identifier)
        return Response(status=status.HTTP_202_ACCEPTED)


class ResetPasswordView(CodeView):
    @extend_schema(operation_id="reset_password", request=ResetPasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password by a code; every sign-in ends."""
        body = ResetPasswordInput(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        services.reset_password(body.identifier, data["code"], data["new_password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChangePasswordView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="change_password", request=ChangePasswordInput, responses={204: None}
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Change the password; every other sign-in ends."""
        body = ChangePasswordInput(data=request.data)
        body.is_valid(raise_exception=True)
        session = request.auth
        services.change_password(
            request.user.pk,
            **body.validated_data,
            keep_session=session.pk if isinstance(session, Session) else None,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _signed_in(request: Request, session: Session) -> Response:
    run_sign_in_hooks(session.user, request.headers.get("X-Cart-Token"))
    return Response(SignInSerializer({**token_pair(session), "user": session.user}).data)


def _refresh_token(request: Request) -> RefreshToken:
    body = RefreshInput(data=request.data)
    body.is_valid(raise_exception=True)
    try:
        return RefreshToken(body.validated_data["refresh"])
    except (TokenError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TokenNotValid from error


def _device(request: Request) -> dict[str, str]:
    return {
        "user_agent": request.headers.get("User-Agent", ""),
        "ip_address": client_ip(request),
    }


def _language(request: Request) -> str:
    """The language that the client prefers; Vietnamese where it says nothing."""
    if not request.headers.get("Accept-Language"):
        return Language.VIETNAMESE
    return get_language_from_request(request)[:2]
