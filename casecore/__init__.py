"""The record: the case, its life, its trays and the people in it; the only owner of the database."""
