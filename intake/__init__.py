"""From a message to a registered case: understand what is said, hold the dialogue, register.

`understand` is the seam to the rest of the house: it says where, what, how urgent and what the person wants.
Importing this package imports no heavy library.
"""
