"""A shared cache for plain HTTP as RFC 9111 has it: what may be kept, how long it is fresh, when it must be asked for
again. `fields` reads header fields, `rules` decides (both pure), `store` keeps, `layer` puts them around a service.
"""
