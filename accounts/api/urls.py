from django.urls import URLPattern, URLResolver, path

from accounts.api import schema  # noqa: F401 - registers how tokens stand in the schema
from accounts.api.views import api_keys, auth, profile, staff
from marketplace.common.api.routers import Router

router = Router()
router.register("profile/addresses", profile.AddressViewSet, basename="address")
router.register("seller/api-keys", api_keys.ApiKeyViewSet, basename="seller-api-key")

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/register", auth.RegisterView.as_view(), name="register"),
    path("auth/verify-otp", auth.VerifyOtpView.as_view(), name="verify-otp"),
    path("auth/resend-otp", auth.ResendOtpView.as_view(), name="resend-otp"),
    path("auth/login", auth.LoginView.as_view(), name="login"),
    path("auth/refresh", auth.RefreshView.as_view(), name="refresh"),
    path("auth/logout", auth.LogoutView.as_view(), name="logout"),
    path("auth/logout-all", auth.LogoutAllView.as_view(), name="logout-all"),
    path("auth/forgot-password", auth.ForgotPasswordView.as_view(), name="forgot-password"),
    path("auth/reset-password", auth.ResetPasswordView.as_view(), name="reset-password"),
    path("auth/change-password", auth.ChangePasswordView.as_view(), name="change-password"),
    path("profile", profile.ProfileView.as_view(), name="profile"),
    path("profile/avatar", profile.AvatarView.as_view(), name="profile-avatar"),
    path("profile/export", profile.ExportView.as_view(), name="profile-export"),
    path("admin/users", staff.StaffUserListView.as_view(), name="staff-users"),
    path("admin/users/<uuid:pk>/suspend", staff.SuspendUserView.as_view(), name="staff-suspend"),
    *router.urls,
]
