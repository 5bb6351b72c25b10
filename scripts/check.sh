#!/bin/sh
# Format, lint, types, import rules, tidy tests and the page's own checks, each with its time. Argument: the bin folder.
# All of them run even when one fails, so that one round shows everything.
bin=$1
failed=""

part() {
    name=$1
    shift
    began=$(date +%s)
    if "$@"; then result=ok; else result=FAILED failed="$failed $name"; fi
    echo "check: $name $result in $(($(date +%s) - began)) s"
}

part format "$bin/ruff" format --check --quiet .
part lint "$bin/ruff" check --quiet .
part types "$bin/mypy"
part imports "$bin/lint-imports" --no-logo
part tidy "$bin/python" -m pytest -q tests/tidy
part page sh -c "cd web && npm run --silent --if-present check"
if [ -n "$failed" ]; then
    echo "check: FAILED:$failed" >&2
    exit 1
fi
