"""The explorers: a schedule under the hand, and a range test's smoothing."""
