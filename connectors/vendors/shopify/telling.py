"""Which changes Shopify tells of, by which webhooks, and what the app has to be allowed for it.

https://shopify.dev/docs/api/webhooks
"""

from __future__ import annotations

from connectors.roles import Heard
from connectors.types import Transition

ORDERS = ("read_orders",)
STOCK = ("read_inventory", "read_locations")
RETURNS = ("read_returns",)

_cart = Heard(("CHECKOUTS_CREATE", "CHECKOUTS_UPDATE"))

TELLS: dict[str, Heard] = {
    Transition.ORDER_PLACED: Heard(("ORDERS_CREATE", "ORDERS_UPDATED")),
    Transition.ORDER_PAID: Heard(("ORDERS_PAID", "ORDERS_UPDATED")),
    Transition.ORDER_FULFILLED: Heard(("ORDERS_FULFILLED", "ORDERS_UPDATED")),
    Transition.ORDER_DELAYED: Heard(),  # webhooks do not say that an order is on hold
    Transition.ORDER_CANCELLED: Heard(("ORDERS_CANCELLED", "ORDERS_UPDATED")),
    Transition.ORDER_REFUNDED: Heard(("REFUNDS_CREATE", "ORDERS_UPDATED")),
    Transition.CART_CHANGED: _cart,
    Transition.CART_ABANDONED: _cart,
    Transition.CART_RECOVERED: _cart,
    Transition.STOCK_CHANGED: Heard(
        ("INVENTORY_LEVELS_UPDATE", "VARIANTS_IN_STOCK", "VARIANTS_OUT_OF_STOCK")
    ),
    Transition.PRODUCT_CHANGED: Heard(("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE")),
    Transition.CUSTOMER_CHANGED: Heard(("CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE")),
    Transition.CUSTOMER_MERGED: Heard(("CUSTOMERS_MERGE",), is_polled=False),
    Transition.RETURN_REQUESTED: Heard(("RETURNS_REQUEST",)),
    Transition.RETURN_APPROVED: Heard(("RETURNS_APPROVE",)),
    Transition.RETURN_CLOSED: Heard(("RETURNS_CLOSE", "RETURNS_DECLINE", "RETURNS_CANCEL")),
}
SCOPES: dict[str, tuple[str, ...]] = {
    **{name: ORDERS for name in TELLS if name.startswith(("order.", "cart."))},
    **{name: RETURNS for name in TELLS if name.startswith("return.")},
    Transition.STOCK_CHANGED: STOCK,
    Transition.PRODUCT_CHANGED: ("read_products",),
    Transition.CUSTOMER_CHANGED: ("read_customers",),
    Transition.CUSTOMER_MERGED: ("read_customer_merge",),
    "customer.tags": ("read_customers",),
    "tag_customer": ("write_customers",),
    "tag_order": ("write_orders",),
    "create_discount": ("write_discounts",),
    "attach_label": ("write_returns",),
}
