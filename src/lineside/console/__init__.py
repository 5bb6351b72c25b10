"""For people: the HTTP API, access, the live feed, and the page built from ``web/``."""
