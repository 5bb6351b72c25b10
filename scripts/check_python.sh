#!/bin/sh
# Say in plain words what of Python is missing or too old, and how to get it. Argument: the interpreter.
python=$1

fail() {
    echo "make: $1" >&2
    echo "      $2" >&2
    exit 1
}

how="Debian/Ubuntu: apt install python3 python3-venv · Fedora: dnf install python3 · macOS: brew install python@3.12"
if ! command -v "$python" >/dev/null 2>&1; then
    fail "Python is missing ($python was not found); lineside needs 3.11 or newer" "$how"
fi
version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    fail "Python is too old: $python is ${version:-unknown}; lineside needs 3.11 or newer" \
        "$how; then run make PYTHON=/path/to/the/new/python3"
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    fail "the venv module of $python ($version) is missing (or ensurepip, which it needs)" \
        "Debian/Ubuntu: apt install python3-venv (or python${version%.*}-venv) · elsewhere it comes with Python"
fi
