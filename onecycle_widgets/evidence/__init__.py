"""What the lessons claim: the experiments behind it, and how a claim is judged."""
