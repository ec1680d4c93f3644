"""The other subjects: libraries of others, in a virtual environment of their own."""
