from marketplace.common.api.routers import Router
from vouchers.api.views import SellerVoucherViewSet

router = Router()
router.register("seller/vouchers", SellerVoucherViewSet, basename="seller-voucher")

urlpatterns = router.urls
