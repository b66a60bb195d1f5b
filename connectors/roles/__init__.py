"""What a vendor can be asked. Roles are the waist of the product and change rarely."""

from connectors.roles.capability import Capability, Heard
from connectors.roles.chat import Chat, Post
from connectors.roles.helpdesk import Helpdesk, Replied
from connectors.roles.marketing import Marketing, MarketingEvent
from connectors.roles.storefront import Discount, Storefront
from connectors.roles.vendor import Vendor

__all__ = [
    "Capability",
    "Chat",
    "Discount",
    "Heard",
    "Helpdesk",
    "Marketing",
    "MarketingEvent",
    "Post",
    "Replied",
    "Storefront",
    "Vendor",
]
