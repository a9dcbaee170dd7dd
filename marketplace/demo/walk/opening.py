"""Two sellers register and open shops, and staff approve them."""

import secrets

import requests

from marketplace.demo import accounts
from marketplace.demo.client import AdminBrowser, ApiClient, Failure
from marketplace.demo.walk.stage import Seller, Walk, Ware, expect

PASSWORD = "Mua-sam-vui-ve-2026"
WAREHOUSE = {
    "line1": "5 Lê Lợi",
    "ward": "Phú Hội",
    "district": "Huế",
    "province": "Thừa Thiên Huế",
    "country": "VN",
}


def check_health(walk: Walk) -> None:
    with walk.story.step("The server is healthy") as tell:
        try:
            answer = requests.get(f"{walk.url}/health", timeout=10)
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Failure(f"nothing healthy answers at {walk.url}: {error}") from error
        if answer.status_code != 200:
            raise Failure(f"the server says it is not healthy: {body}")
        tell(f"version {body['version']}")


def open_shop(walk: Walk, ware: Ware) -> None:
    client = ApiClient(walk.url, f"seller of {ware.shop_name}")
    seller = Seller(client, ware)
    owner, name = f"Chủ {ware.shop_name}", f"{ware.shop_name} {walk.run}"
    phone_number = register(walk, client, owner)
    with walk.story.step(f"Registers the shop “{name}”") as tell:
        seller.shop = client.post(
            "/seller/shops",
            {
                "name": name,
                "description": f"{ware.shop_name}: hàng làm tay, gửi trong ngày.",
                "pickup_address": {
                    "recipient_name": owner,
                    "phone_number": phone_number,
                    **WAREHOUSE,
                },
            },
            expect=201,
        )
        expect(seller.shop["status"] == "pending", "a new shop waits for approval")
        tell("pending")
    with walk.story.step("Buyers cannot see it yet"):
        ApiClient(walk.url, "guest").call("GET", f"/shops/{seller.shop['slug']}", expect=404)
    walk.sellers.append(seller)


def register(walk: Walk, client: ApiClient, full_name: str) -> str:
    phone_number = _phone_number()
    with walk.story.step(f"{full_name} registers with a phone number") as tell:
        answer = client.post(
            "/auth/register",
            {"phone_number": phone_number, "password": PASSWORD, "full_name": full_name},
            expect=201,
        )
        tell(f"a code went to {answer['verification']['destination']}")
    with walk.story.step("Enters the code from the text message"):
        code = walk.mail.code_for(phone_number)
        answer = client.post(
            "/auth/verify-otp", {"phone_number": phone_number, "code": code}, expect=200
        )
        client.use_tokens(answer)
    return phone_number


def approve_shops(walk: Walk) -> None:
    browser = AdminBrowser(walk.url)
    with walk.story.step(f"{accounts.MODERATOR.email} signs in to /admin/"):
        browser.sign_in(accounts.MODERATOR.email, accounts.PASSWORD)
    for seller in walk.sellers:
        with walk.story.step(f"Approves “{seller.shop['name']}”") as tell:
            said = browser.run_action("/admin/shops/shop/", "Approve", seller.shop["id"])
            found = seller.client.get("/seller/shops/me")
            expect(found["status"] == "approved", f"the shop is {found['status']}")
            tell(said)
    with walk.story.step("Both shops are public now"):
        for seller in walk.sellers:
            walk.buyer.get(f"/shops/{seller.shop['slug']}")


def _phone_number() -> str:
    return f"+8498{secrets.randbelow(10**7):07d}"
