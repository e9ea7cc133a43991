#!/bin/sh
# What pip cannot bring: a Python in range that can make virtual environments, and OpenCV's libraries.
#
#   sh scripts/check_setup.sh [PYTHON]
#
# Prints the Python to use. When something is missing, it prints one line on stderr instead:
# what is missing, and the command that installs it on Debian.
set -eu

fail() {
    echo "FER Lab cannot be set up: $*" >&2
    exit 1
}

version_of() {
    # A version manager's shim is found on PATH and yet may not run: whatever fails counts as absent.
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

in_range() {
    case "$(version_of "$1")" in 3.10 | 3.11 | 3.12) true ;; *) false ;; esac
}

makes_environments() {
    # Debian ships venv with Python itself, but ensurepip, which puts pip into it, in python3-venv.
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

loads() {
    # dlopen, as the import of cv2 would do it. Elsewhere than on Linux the wheels bring everything.
    "$python" -c 'import ctypes, sys; sys.platform != "linux" or ctypes.CDLL(sys.argv[1])' "$1" >/dev/null 2>&1
}

named="${1:-}"
if [ -n "$named" ]; then
    version="$(version_of "$named")"
    [ -n "$version" ] || fail "'$named' is no Python that runs: sudo apt-get install python3 python3-venv"
    in_range "$named" || fail "'$named' is Python $version, outside 3.10 to 3.12 where mediapipe has wheels:" \
        "sudo apt-get install python3 python3-venv (Debian 12) and leave PYTHON out"
    set -- "$named"
else
    set -- python3.11 python3.12 python3.10 python3 # 3.11 first: what the tests run on most
fi

python=""
incomplete=""
for candidate in "$@"; do
    in_range "$candidate" || continue
    if makes_environments "$candidate"; then
        python="$candidate"
        break
    fi
    incomplete="${incomplete:-$candidate}"
done

if [ -z "$python" ] && [ -n "$incomplete" ]; then
    fail "'$incomplete' lacks python3-venv: sudo apt-get install python3-venv python$(version_of "$incomplete")-venv"
fi
if [ -z "$python" ]; then
    seen="$(version_of python3)"
    fail "no Python 3.10, 3.11 or 3.12 found (python3 is ${seen:-absent}):" \
        "sudo apt-get install python3 python3-venv (Debian 12), or name one: make app PYTHON=/path/to/python3.12"
fi
loads libGL.so.1 || fail "OpenCV needs libGL.so.1: sudo apt-get install libgl1 libglib2.0-0"
loads libgthread-2.0.so.0 || fail "OpenCV needs libgthread-2.0.so.0: sudo apt-get install libgl1 libglib2.0-0"

echo "$python"
