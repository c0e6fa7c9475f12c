"""The pages, one module a noun: each answers a Visit and lists its routes in PAGES."""
