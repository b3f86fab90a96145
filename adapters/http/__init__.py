"""Plain HTTP systems that speak JSON: each operation is one request, declared in the configuration.

`config` is what can be set, `translate` turns arguments into a request and an answer into a body or an error (pure),
`upstream` puts them together.
"""
