#!/bin/sh
# Write requirements.lock: every package of the base install and of `dev`, pinned. Argument: the bin folder.
# No index and no place is written into it, so that it installs from whatever this machine's pip is set to.
set -eu
bin=$1
new=build/requirements.lock
mkdir -p build
"$bin/pip-compile" --quiet --upgrade --extra dev --strip-extras --allow-unsafe --no-header --annotation-style line \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file "$new" pyproject.toml
{
    echo "# Every package of the base install and of the extra dev, pinned. Written by make lock."
    cat "$new"
} >requirements.lock
rm "$new"
if grep -n '://' requirements.lock; then
    echo "requirements.lock names a place" >&2
    exit 1
fi
