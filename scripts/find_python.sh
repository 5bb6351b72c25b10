#!/bin/sh
# Print the first interpreter that is new enough, so that an old `python3` does not hide a newer one beside it.
# Prints `python3` when none is found: check_python.sh then says what is missing.
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$name"
        exit 0
    fi
done
echo python3
