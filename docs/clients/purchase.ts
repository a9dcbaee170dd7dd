// A purchase with the TypeScript client that `bin/clients` makes in `var/clients/typescript`.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

type Refusal = components["schemas"]["Refusal"];

/** Return what was asked for; a refusal has a code to act upon. */
function answer<T>({ data, error }: { data?: T; error?: Refusal }): T {
  if (error) throw new Error(`${error.error.code}: ${error.error.message}`);
  if (data === undefined) throw new Error("an answer without a body");
  return data;
}

export async function buy(url: string, email: string, password: string) {
  const client = createClient<paths>({ baseUrl: url });
  const signedIn = answer(await client.POST("/api/v1/auth/login", { body: { email, password } }));
  client.use({
    onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${signedIn.access}`),
  });

  const page = answer(await client.GET("/api/v1/products", { params: { query: { limit: 20 } } }));
  const card = page.results.find((product) => product.in_stock);
  if (!card) throw new Error("nothing is in stock");
  const path = { ref: card.slug };
  const product = answer(await client.GET("/api/v1/products/{ref}", { params: { path } }));
  const variant = product.variants.find(({ available }) => available > 0);
  if (!variant) throw new Error("sold out");
  const item = { variant_id: variant.id, quantity: 1 };
  const cart = answer(await client.POST("/api/v1/cart", { body: item }));
  console.log(`in the cart: ${cart.item_count} for ${cart.subtotal} ${cart.currency}`);

  const home = answer(
    await client.POST("/api/v1/profile/addresses", {
      body: {
        recipient_name: signedIn.user.full_name,
        phone_number: "+84901234567",
        line1: "12 Nguyễn Huệ",
        province: "Hồ Chí Minh",
      },
    }),
  );
  // With the same key, an order that was lost on its way may be sent again.
  const placed = answer(
    await client.POST("/api/v1/orders", {
      params: { header: { "Idempotency-Key": crypto.randomUUID() } },
      body: { address_id: home.id, payment_method: "COD" },
    }),
  );
  const key = placed.orders[0].number;
  return answer(await client.GET("/api/v1/orders/{key}", { params: { path: { key } } }));
}
