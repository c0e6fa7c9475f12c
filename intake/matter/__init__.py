"""What a message is about: the responsibility list's words, and a model trained on texts written for it."""
