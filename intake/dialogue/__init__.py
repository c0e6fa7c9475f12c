"""The dialogue: pure decisions. What is known so far + what was just said → what is owed, saved and done next."""
