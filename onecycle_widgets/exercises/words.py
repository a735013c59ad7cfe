"""Words that all self-checks share."""

RIGHT = "✓ Right."
