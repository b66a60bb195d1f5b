"""What the app has to be allowed in a store. https://shopify.dev/docs/api/usage/access-scopes"""

SCOPES = frozenset(
    {
        "read_orders", "read_all_orders", "write_orders", "read_customers", "read_customer_merge",
        "write_customers", "read_products", "read_inventory", "read_locations", "read_returns",
        "read_discounts", "write_discounts",
    }
)  # fmt: skip
