"""WS-Security of one SOAP service: what its requests carry, and what its answers must prove.

Signatures and encryption stand on the canonical XML of libxml2 and the primitives of `cryptography`; the rules of what
is believed are ours, so that what was proven and what is used afterwards are the same elements. Knows no HTTP.
"""
