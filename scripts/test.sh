#!/bin/sh
# Runs every test but the heavy ones, which have commands of their own. The browser tests need
# Chromium: it is found, or installed where that can be done.
set -eu

# Programs that only tests need, written by others: other LMSs and record stores, readers of Parquet.
judges=$(cksum <requirements/judges.txt)
if [ "$(cat .venv/.judges 2>/dev/null)" != "$judges" ]; then
    echo "Installing what only the tests need (once)" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r requirements/judges.txt
    printf '%s' "$judges" >.venv/.judges
fi

find_chromium() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

chromium=$(find_chromium) || chromium=""
if [ -z "$chromium" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests" >&2
    apt-get update -qq >/dev/null && apt-get install -y -qq chromium >/dev/null || true
    chromium=$(find_chromium) || chromium=""
fi

if [ -n "$chromium" ]; then
    export CHROMIUM="$chromium"
    exec .venv/bin/pytest -n "${TEST_PROCESSES:-3}" --dist loadgroup -m "not heavy" "$@"
fi
cat >&2 <<'MISSING'
*************************************************************************
* The browser tests (marked e2e) DO NOT RUN: there is no Chromium here. *
* Install it (Debian, Ubuntu: apt install chromium), then make test.    *
*************************************************************************
MISSING
[ "${CI:-}" != true ] || exit 1
exec .venv/bin/pytest -n "${TEST_PROCESSES:-3}" --dist loadgroup -m "not e2e and not heavy" "$@"
