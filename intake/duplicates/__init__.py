"""Is this already open? Finding open cases that a new request may be, and measuring how well that is done."""
