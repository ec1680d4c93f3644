"""What the product does about it: a frozen value, and pure functions that decide."""
