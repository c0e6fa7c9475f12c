"""The administrators' web: shows people the record and hands their acts to the rules."""
