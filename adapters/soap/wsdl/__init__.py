"""Reads WSDL 1.1 on lxml into a Contract. Pure: it sees a pinned document set, never the network or a disk."""
