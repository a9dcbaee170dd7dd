"""What the OpenAPI document says of the calls that can follow."""

from marketplace.site.links import LEADS_TO
from marketplace.tests.routes import document, operations, resolved


def links(method: str, path: str, status: str) -> dict[str, dict[str, str]]:
    return document()["paths"][f"/api/v1/{path}"][method]["responses"][status].get("links", {})


def test_created_address_leads_to_calls_about_it_and_to_an_order():
    found = links("post", "profile/addresses", "201")

    assert found.keys() == {
        "addresses_destroy",
        "addresses_partial_update",
        "addresses_retrieve",
        "addresses_set_default",
        "addresses_update",
        "orders_create",
        "orders_quote_create",
    }
    assert found["addresses_retrieve"] == {
        "operationId": "addresses_retrieve",
        "parameters": {"path.id": "$response.body#/id"},
    }
    assert found["orders_create"] == {
        "operationId": "orders_create",
        "requestBody": {"address_id": "$response.body#/id"},
    }


def test_row_inside_another_is_found_by_both_and_that_of_a_list_by_its_place():
    assert links("get", "wishlists/{id}/items", "200")["wishlists_items_destroy"] == {
        "operationId": "wishlists_items_destroy",
        "parameters": {
            "path.id": "$request.path.id",
            "path.item_pk": "$response.body#/results/0/id",
        },
    }
    assert links("get", "profile/addresses/{id}", "200") == {}


def test_everything_that_is_named_exists():
    shapes = {operation.shape for operation in operations()}
    bodies = {
        operation.schema["operationId"]: operation.body_schema.get("properties", {})
        for operation in operations()
    }

    assert LEADS_TO.keys() <= document()["components"]["schemas"].keys()
    for uses in (use for pointers in LEADS_TO.values() for use in pointers.values()):
        for use in uses:
            call, _, field = use.partition(" ")
            if field:
                assert field in bodies[call], use
            else:
                assert any(f"{shape}/".startswith(f"/api/v1/{use}/") for shape in shapes), use
    for schema, pointers in LEADS_TO.items():
        for pointer in pointers:
            value = document()["components"]["schemas"][schema]
            for step in pointer.split("/"):
                value = resolved(value)
                value = value["items"] if step == "0" else value["properties"][step]
