"""Which addresses the product may be pointed at."""

from __future__ import annotations

import pytest

from connectors import registry, targets

GORGIAS = registry.vendor_class("gorgias").hosts
KLAVIYO = registry.vendor_class("klaviyo").hosts


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://north-ridge.gorgias.com", GORGIAS),
        ("https://north-ridge.gorgias.com/", GORGIAS),
        ("https://north-ridge.gorgias.com:443/api", GORGIAS),
        ("https://a.klaviyo.com", KLAVIYO),
    ],
)
def test_the_vendors_own_address_is_allowed(url, pattern):
    targets.check(url, pattern=pattern, allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9100/gorgias",
        "http://localhost:9100",
        "http://127.8.8.8",
        "http://[::1]:9100/gorgias",
        "https://127.0.0.1",
    ],
)
def test_this_machine_is_allowed_only_with_permission(url):
    targets.check(url, pattern=GORGIAS, allow_loopback=True)

    with pytest.raises(ValueError, match="ALLOW_LOOPBACK_VENDORS"):
        targets.check(url, pattern=GORGIAS, allow_loopback=False)


@pytest.mark.parametrize("allow_loopback", [True, False])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "north-ridge.gorgias.com",
        "http://north-ridge.gorgias.com",
        "ftp://north-ridge.gorgias.com",
        "https://gorgias.com",
        "https://north-ridge.gorgias.com.evil.test",
        "https://evil.test/north-ridge.gorgias.com",
        "https://evil.test#.gorgias.com",
        "https://evil.test?.gorgias.com",
        "https://evil.test\\@north-ridge.gorgias.com",
        "https://evil.test@north-ridge.gorgias.com",
        "https://north-ridge.gorgias.com@evil.test",
        "https://north-ridge.gorgias.com:8443",
        "https://north-ridge.gorgias.com:99999",
        "https://north-ridge.gorgias.com\n",
        "https://a.b.gorgias.com",
        "https://nörth.gorgias.com",
        "https://10.0.0.1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]",
        "http://2130706433",
        "http://0177.0.0.1",
        "http://0x7f000001",
        "http://127.1",
        "http://0.0.0.0",
        "http://localhost.evil.test",
        "http://[::1",
    ],
)
def test_any_other_address_is_refused_with_a_sentence(url, allow_loopback):
    with pytest.raises(ValueError, match=r"\.$"):
        targets.check(url, pattern=GORGIAS, allow_loopback=allow_loopback)
