#!/bin/sh
# Makes .venv with everything in uv.lock. Needs Python 3.11 or newer; installs it when root on Debian.
set -eu
cd "$(dirname "$0")/.."

missing() {
    echo "pdm-odoo needs Python 3.11 or newer with venv. As root: apt-get install -y python3-venv" >&2
    exit 1
}

python_with_venv() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

python=$(python_with_venv)
if [ -z "$python" ]; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || missing
    echo "installing python3-venv"
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        python3-venv ca-certificates; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        missing
    fi
    rm -f "$log"
    python=$(python_with_venv)
    [ -n "$python" ] || missing
fi

if [ ! -x .venv/bin/uv ]; then
    echo "making .venv"
    "$python" -m venv --clear .venv
    echo "installing Python packages"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
fi
# Only the interpreter of .venv: uv must not fetch another one.
UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --frozen --quiet
