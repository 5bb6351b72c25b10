"""The foundation: durability, fan-out, commands, guarding, supervision, paths for bytes. Knows no machine."""
