"""Products as policies: each file is one value, with the sentences of the product's own pages beside it."""
