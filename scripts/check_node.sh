#!/bin/sh
# Say in plain words what of Node is missing or too old, and how to get it.
fail() {
    echo "make: $1" >&2
    echo "      $2" >&2
    exit 1
}

how="from nodejs.org, or Debian/Ubuntu: apt install nodejs npm (when it gives 20 or newer) · macOS: brew install node"
command -v node >/dev/null 2>&1 || fail "Node is missing; the console's page is built with 20 or newer" "$how"
version=$(node --version 2>/dev/null)
major=${version#v}
major=${major%%.*}
case $major in
    '' | *[!0-9]*) fail "node --version says '$version', which is no version" "$how" ;;
esac
[ "$major" -ge 20 ] || fail "Node is too old: $version; the console's page is built with 20 or newer" "$how"
command -v npm >/dev/null 2>&1 || fail "npm is missing; it usually comes with Node" "$how"
