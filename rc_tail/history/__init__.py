"""Past events over REST, and filling gaps with them."""
