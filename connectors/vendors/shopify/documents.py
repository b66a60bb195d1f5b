"""Every GraphQL document that is sent to Shopify; a test holds them to the published schema.

https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from __future__ import annotations

VERSION = "2026-10"
COLLECTIONS = 5  # of a product, as many as are asked for below

SHOP = """
query ShopInfo {
  shop { id name myshopifyDomain currencyCode ianaTimezone plan { publicDisplayName } }
  currentAppInstallation { accessScopes { handle } }
}
"""

LATEST_CUSTOMERS = """
query LatestCustomers {
  customers(first: 10, sortKey: UPDATED_AT, reverse: true) {
    nodes { id defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } }
  }
}
"""

LINE = """
fragment LineFields on LineItem { id sku title currentQuantity variant { id } product { id } }
"""

ORDER = """
fragment OrderFields on Order {
  id name createdAt updatedAt cancelledAt test
  displayFinancialStatus displayFulfillmentStatus returnStatus
  currentTotalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  totalRefundedSet { shopMoney { amount currencyCode } }
  discountCodes tags email checkoutToken
  customer { id defaultEmailAddress { emailAddress } }
  shippingAddress { countryCodeV2 provinceCode }
  lineItems(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } }
}
"""

CUSTOMER = """
fragment CustomerFields on Customer {
  id createdAt updatedAt displayName numberOfOrders tags
  amountSpent { amount currencyCode }
  defaultEmailAddress { emailAddress marketingState }
  defaultPhoneNumber { phoneNumber smsMarketingConsent { state } }
  defaultAddress { countryCodeV2 provinceCode }
}
"""

VARIANT = """
fragment VariantFields on ProductVariant {
  id sku title price inventoryQuantity inventoryPolicy updatedAt inventoryItem { id tracked updatedAt }
}
"""

PRODUCT = """
fragment ProductFields on Product {
  id handle title status productType vendor tags updatedAt onlineStoreUrl
  category { fullName }
  collections(first: 5) { nodes { title } }
  variants(first: 20) { pageInfo { hasNextPage endCursor } nodes { ...VariantFields } }
}
"""

CART_LINE = """
fragment CartLineFields on AbandonedCheckoutLineItem {
  id sku title quantity variant { id } product { id }
}
"""

CART = """
fragment CartFields on AbandonedCheckout {
  id createdAt updatedAt completedAt abandonedCheckoutUrl
  totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  customer { id defaultEmailAddress { emailAddress } }
  shippingAddress { countryCodeV2 provinceCode }
  lineItems(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...CartLineFields } }
}
"""

RETURN = """
fragment ReturnFields on Return {
  id name status createdAt requestApprovedAt closedAt
  order { id name email updatedAt customer { id defaultEmailAddress { emailAddress } } }
  returnLineItems(first: 20) {
    nodes {
      id quantity returnReasonDefinition { handle }
      ... on ReturnLineItem { fulfillmentLineItem { lineItem { id sku title } } }
    }
  }
  reverseFulfillmentOrders(first: 3) {
    nodes {
      id status
      reverseDeliveries(first: 3) {
        nodes { id deliverable { ... on ReverseDeliveryShippingDeliverable { label { publicFileUrl } } } }
      }
    }
  }
}
"""


def _page(name: str, field: str, order: str, fields: str, spread: str) -> str:
    return f"""
query {name}($first: Int!, $after: String, $q: String!) {{
  {field}(first: $first, after: $after, query: $q, sortKey: {order}) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ ...{spread} }}
  }}
}}
{fields}"""


def _named(name: str, kind: str, fields: str, spread: str) -> str:
    return f"""
query {name}($ids: [ID!]!) {{
  nodes(ids: $ids) {{ __typename ... on {kind} {{ ...{spread} }} }}
}}
{fields}"""


def _rest(name: str, kind: str, field: str, fields: str, spread: str, size: int = 100) -> str:
    """Of a list that is longer than its object's own query asks for."""
    return f"""
query {name}($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on {kind} {{
      {field}(first: {size}, after: $after) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ ...{spread} }}
      }}
    }}
  }}
}}
{fields}"""


ORDERS = _page("OrdersPage", "orders", "UPDATED_AT", ORDER + LINE, "OrderFields")
CUSTOMERS = _page("CustomersPage", "customers", "UPDATED_AT, reverse: true", CUSTOMER, "CustomerFields")
PRODUCTS = _page("ProductsPage", "products", "UPDATED_AT", PRODUCT + VARIANT, "ProductFields")
CARTS = _page("AbandonedPage", "abandonedCheckouts", "CREATED_AT", CART + CART_LINE, "CartFields")

ORDERS_NAMED = _named("OrdersNamed", "Order", ORDER + LINE, "OrderFields")
CUSTOMERS_NAMED = _named("CustomersNamed", "Customer", CUSTOMER, "CustomerFields")
PRODUCTS_NAMED = _named("ProductsNamed", "Product", PRODUCT + VARIANT, "ProductFields")
RETURNS_NAMED = _named("ReturnsNamed", "Return", RETURN, "ReturnFields")

RETURNS_OF_ORDERS = f"""
query ReturnsOfOrders($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    __typename
    ... on Order {{
      id
      returns(first: 5) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...ReturnFields }} }}
    }}
  }}
}}
{RETURN}"""

LEVEL = "fragment LevelFields on InventoryLevel { id updatedAt }"
ITEMS_NAMED = f"""
query ItemsNamed($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    __typename
    ... on InventoryItem {{
      id updatedAt
      inventoryLevels(first: 10) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...LevelFields }} }}
      variants(first: 1) {{ nodes {{ product {{ ...ProductFields }} }} }}
    }}
  }}
}}
{PRODUCT}{VARIANT}{LEVEL}"""

ORDER_LINES = _rest("OrderLines", "Order", "lineItems", LINE, "LineFields")
ORDER_RETURNS = _rest("OrderReturns", "Order", "returns", RETURN, "ReturnFields", 5)
CART_LINES = _rest("CartLines", "AbandonedCheckout", "lineItems", CART_LINE, "CartLineFields")
PRODUCT_VARIANTS = _rest("ProductVariants", "Product", "variants", VARIANT, "VariantFields")
ITEM_LEVELS = _rest("ItemLevels", "InventoryItem", "inventoryLevels", LEVEL, "LevelFields")

LOCATIONS = "query Locations { locations(first: 250) { nodes { id isActive } } }"
GLANCE = """
query Glance($orders: String!, $products: String!, $carts: String!, $customers: String!) {
  locations(first: 250) { nodes { id isActive } }
  orders(first: 1, query: $orders) { nodes { id } }
  products(first: 1, query: $products) { nodes { id } }
  abandonedCheckouts(first: 1, query: $carts) { nodes { id } }
  customers(first: 1, query: $customers, sortKey: UPDATED_AT, reverse: true) { nodes { updatedAt } }
}
"""

CHANGED_INVENTORY = """
query ChangedInventory($location: ID!, $first: Int!, $after: String, $q: String!) {
  location(id: $location) {
    inventoryLevels(first: $first, after: $after, query: $q) {
      pageInfo { hasNextPage endCursor }
      nodes { id updatedAt item { id } }
    }
  }
}
"""


def _tagging(name: str, field: str) -> str:
    return f"""
mutation {name}($id: ID!, $tags: [String!]!) {{
  {field}(id: $id, tags: $tags) {{ node {{ id }} userErrors {{ field message }} }}
}}
"""


ADD_TAGS = _tagging("AddTags", "tagsAdd")
REMOVE_TAGS = _tagging("RemoveTags", "tagsRemove")

HOOKS = """
query Hooks($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id topic uri name }
  }
}
"""

SUBSCRIBE = """
mutation Subscribe($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) {
    webhookSubscription { id } userErrors { field message }
  }
}
"""

UNSUBSCRIBE = """
mutation Unsub($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}"""

ATTACH_LABEL = """
mutation AttachLabel($id: ID!, $file: URL!) {
  reverseDeliveryCreateWithShipping(
    reverseFulfillmentOrderId: $id, reverseDeliveryLineItems: [], labelInput: { fileUrl: $file },
    notifyCustomer: true
  ) { reverseDelivery { id } userErrors { code field message } }
}"""

# What a history is asked for: everything, without page sizes.
BULK_ORDERS = """
{
  orders(sortKey: CREATED_AT) {
    edges {
      node {
        id name createdAt updatedAt cancelledAt test
        displayFinancialStatus displayFulfillmentStatus returnStatus
        currentTotalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
        totalRefundedSet { shopMoney { amount currencyCode } }
        discountCodes tags email checkoutToken
        customer { id defaultEmailAddress { emailAddress } }
        shippingAddress { countryCodeV2 provinceCode }
        lineItems { edges { node { id sku title currentQuantity variant { id } product { id } } } }
      }
    }
  }
}
"""

BULK_CUSTOMERS = """
{
  customers { edges { node {
    id createdAt updatedAt displayName numberOfOrders tags
    amountSpent { amount currencyCode }
    defaultEmailAddress { emailAddress marketingState }
    defaultPhoneNumber { phoneNumber smsMarketingConsent { state } }
    defaultAddress { countryCodeV2 provinceCode }
  } } }
}
"""

BULK_PRODUCTS = """
{
  products {
    edges {
      node {
        id handle title status productType vendor tags updatedAt onlineStoreUrl
        category { fullName }
        collections { edges { node { id title } } }
        variants { edges { node {
          id sku title price inventoryQuantity inventoryPolicy updatedAt
          inventoryItem { id tracked updatedAt }
        } } }
      }
    }
  }
}
"""
