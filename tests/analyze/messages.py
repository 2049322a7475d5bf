"""What is said to a person is held to the letter, but for what has an end of its own."""

from __future__ import annotations


def says(told: str, message: str) -> bool:
    """Is this the line? A message that ends in ``...`` goes on, with all that might stand there or in another's words."""
    return told == message or (message.endswith("...") and told.startswith(message.removesuffix("...")))
