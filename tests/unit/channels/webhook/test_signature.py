"""The signature, as somebody else would check it."""

from __future__ import annotations

import hashlib
import hmac

from channels.webhook import signature


def test_it_is_an_hmac_over_time_and_body() -> None:
    expected = hmac.new(b"whsec_abc", b'1772442000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature.signature("whsec_abc", 1772442000, b'{"a":1}') == expected


def test_both_secrets_sign_while_one_is_changed() -> None:
    made = signature.headers("evt_1", 7, b"{}", ("new", "old"))
    each = [f"v1={signature.signature(secret, 7, b'{}')}" for secret in ("new", "old")]
    assert made == {"Webhook-Id": "evt_1", "Webhook-Timestamp": "7", "Webhook-Signature": ", ".join(each)}
