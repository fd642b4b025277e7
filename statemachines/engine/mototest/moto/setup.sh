#!/bin/sh
# Installs what run.py needs: setup.sh CACHE_DIR [REQUIREMENTS...]
#
# Makes CACHE_DIR/moto-venv (a Python environment with requirements.txt, and with
# what the other files of requirements name) and CACHE_DIR/moto-node (node_modules
# with package-lock.json). Does nothing when
# both were made from these same pins by the same Python and Node; a setup that
# was interrupted starts again, and of several at once all but one wait. Exit
# status 3 when a program is missing.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ $# -lt 1 ]; then
	echo "usage: setup.sh CACHE_DIR [REQUIREMENTS...]" >&2
	exit 2
fi

missing=
for program in python3 node npm; do
	command -v "$program" >/dev/null || missing="$missing $program"
done
if command -v python3 >/dev/null && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
	missing="$missing python3-venv"
fi
if [ -n "$missing" ]; then
	echo "setup.sh: not found:$missing" >&2
	exit 3
fi

mkdir -p "$1"
cache=$(CDPATH='' cd -- "$1" && pwd)
shift

# Python's lock, as a shell has none everywhere. It ends with the last process that holds it open.
if [ "${SETUP_LOCKED:-}" != "$cache" ]; then
	SETUP_LOCKED=$cache exec python3 -c '
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600)
os.set_inheritable(lock, True)
fcntl.flock(lock, fcntl.LOCK_EX)
os.execv("/bin/sh", ["sh", *sys.argv[2:]])
' "$cache/moto.lock" "$0" "$cache" "$@"
fi

stamp=$cache/moto.stamp
pins=$({
	cat "$here/requirements.txt" "$@" "$here/package.json" "$here/package-lock.json"
	python3 -c 'import sys; print(sys.base_prefix, sys.version)'
	node --version
} | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$pins" ]; then
	exit 0
fi

rm -rf "$stamp" "$cache/moto-venv" "$cache/moto-node"
python3 -m venv "$cache/moto-venv"
cat "$here/requirements.txt" "$@" >"$cache/requirements.txt"
"$cache/moto-venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
	--requirement "$cache/requirements.txt"
mkdir "$cache/moto-node"
cp "$here/package.json" "$here/package-lock.json" "$cache/moto-node/"
(cd "$cache/moto-node" && npm ci --ignore-scripts --silent --no-audit --no-fund)
echo "$pins" >"$stamp"
