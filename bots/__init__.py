"""The channels: each translates one messenger's dialect into the record's messages and back."""
