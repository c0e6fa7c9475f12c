"""Binding: one chat, several open cases; whose words are these? Decided with evidence, asked about in doubt."""
