"""SOAP services: read a WSDL once, then call its operations with JSON.

`config` is what can be set, `source` gets the contract, `codec` turns JSON into envelopes and back, `client` is the
only file that calls the partner's library (zeep), `translate` is pure, `upstream` puts them together.
"""
