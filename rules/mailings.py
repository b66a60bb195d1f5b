"""First drafts of the messages that recipes have sent: short, so that people write their own over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.types import Mailing, Paragraph

CART_SAMPLE: dict[str, Any] = {
    "value": "middle",
    "history": "repeat",
    "left": 3,
    "free_shipping": True,
    "social_proof": False,
    "region": "",
    "items": [{"title": "Example", "quantity": 1, "left": 3, "url": "https://example.com/"}],
    "discount_code": "EXAMPLE",
    "discount_worth": "",
    "discount_ends_at": "",
    "total": "120.00",
    "currency": "USD",
    "checkout_url": "https://example.com/",
}
CART_SUBJECTS = {"email": "You left something in your cart", "offer": "Your cart, and something for you"}
CART_WORDS = {
    "email": (Paragraph("You left something in your cart. It is still there."),),
    "text": (Paragraph("Your cart is still there:"),),
    "offer": (
        Paragraph("Your cart is still there, and we have something for you."),
        Paragraph("Your code: {discount_code}", only_with="discount_code"),
    ),
}
CART_BRANCHES = (
    Paragraph("Only {left} left.", only_with="left"),
    Paragraph("Shipping is free.", only_with="free_shipping"),
    Paragraph("Many customers like what you chose.", only_with="social_proof"),
)
FOLLOW_UP_SAMPLE: dict[str, Any] = {
    "message": "",
    "category": "Shoes",
    "history": "first_time",
    "order_number": "#1001",
    "total": "120.00",
    "currency": "USD",
    "items": [{"title": "Example", "quantity": 1, "category": "Shoes"}],
    "recommendations": [
        {"product_id": "1", "title": "Example", "url": "https://example.com/", "price": "29.50", "left": 3}
    ],
}


def cart(metric: str, step: str) -> Mailing:
    """Of one step of reminding of a cart."""
    is_text = step == "text"
    return Mailing(
        metric=metric,
        channel="sms" if is_text else "email",
        subject=CART_SUBJECTS.get(step, ""),
        paragraphs=CART_WORDS[step] if is_text else CART_WORDS[step] + CART_BRANCHES,
        things="" if is_text else "items",
        link="checkout_url",
        link_text="Back to your cart",
        sample={"step": step, **CART_SAMPLE},
    )


def follow_up(metric: str) -> Mailing:
    return Mailing(
        metric=metric,
        channel="email",
        subject="Thank you for your order {order_number}",
        paragraphs=(
            Paragraph("Thank you for your order {order_number}."),
            Paragraph("Others who like {category} also chose these:", only_with="recommendations"),
        ),
        things="recommendations",
        sample=FOLLOW_UP_SAMPLE,
    )


def plain(metric: str, properties: Sequence[str], sample: dict[str, Any]) -> Mailing:
    """Of an event that staff thought of: it may be for segments alone, so nothing depends on it."""
    told = tuple(Paragraph(f"{name}: {{{name}}}", only_with=name) for name in properties if _is_plain(name))
    return Mailing(
        metric=metric,
        channel="email",
        subject=metric,
        paragraphs=(Paragraph("Write here what your customers shall read."), *told),
        sample=sample,
        is_needed=False,
    )


def _is_plain(name: str) -> bool:
    """Such names can stand in a draft; others people look up there."""
    return name.isascii() and name.isidentifier() and name.islower()
