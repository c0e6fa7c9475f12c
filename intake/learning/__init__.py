"""Learning from corrections: which of them count, a new model from them, whether it is better, and taking it up."""
