"""The rules, a file per concern. Each takes a situation and a draft, and adds what it answers for."""
