"""The wire of the slots house: SAS between a host and slot machines, both sides."""
