"""What the assistant knows: the guide, how people ask, what is not covered, safety."""
