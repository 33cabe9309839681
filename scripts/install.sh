#!/bin/sh
# Builds .venv from requirements/lock.txt. Quick when nothing changed; says what to do when it cannot.
set -eu
python="${PYTHON:-python3}"
stamp=.venv/.installed

fail() {
    echo "twofold: $*" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "there is no $python. Install Python 3.11 or later, or say which: make install PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old. Install Python 3.11 or later, or say which: make install PYTHON=python3.12"
[ -w . ] || fail "this folder is read-only. Copy it to a place you can write to, and run make there."

wanted=$(cat requirements/lock.txt pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi
echo "Building .venv (once; about a minute)" >&2
"$python" -m venv --clear .venv ||
    fail "the virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv"
log=.venv/install.log
# The lock names every package (`make lock`): nothing is left for pip to choose, so --no-deps.
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r requirements/lock.txt >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    fail "the packages could not be installed; the whole log is $log"
fi
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation -e . >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    fail "Twofold could not be installed; the whole log is $log"
fi
printf '%s' "$wanted" >"$stamp"
