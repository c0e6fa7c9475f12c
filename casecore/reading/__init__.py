"""Reading the record for people: lists, a case's file, a message's way, the roster. It never writes."""
