"""Rules that a person writes about what comes back: which good answer says that it failed, and which fault has which
HTTP status. Knows no protocol; adapters ask here with what they have decoded."""
