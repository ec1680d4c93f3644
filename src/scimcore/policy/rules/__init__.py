"""The rules, a file per concern. Each takes a case and a draft, and adds what it answers for."""
