from django.urls import path

from orders.standing.api.views import StandingOrdersView, StandingView

urlpatterns = [
    path("seller/standing", StandingView.as_view()),
    path("seller/standing/<slug:measure>", StandingOrdersView.as_view()),
]
