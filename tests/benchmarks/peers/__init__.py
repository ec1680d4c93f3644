"""The other sides: libraries of others, in a virtual environment of their own."""
