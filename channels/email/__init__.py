"""E-mail: bytes of a mail to an `InboundMessage`, and an `OutboundMessage` to bytes and away."""
