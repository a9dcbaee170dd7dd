# Sourced by bin/run and bin/test from the top of the checkout.

PYTHON_MINIMUM="3.11"

# Print a Python that is new enough, or say what to install.
find_python() {
    local candidate version
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    version=$(python3 -V 2>/dev/null) || version=missing
    echo "$0: Python $PYTHON_MINIMUM or newer is needed; python3 is ${version:-missing}." >&2
    echo "    Install it, or name one: PYTHON=/path/to/python3.11 $0" >&2
    return 1
}

# make_environment FILE: have .venv hold what the lock file says. The checksum of a file that was installed is
# kept in .venv, so this costs nothing until the file changes. Two at once wait for each other.
make_environment() {
    local lock_file=$1 python stamp wanted log=.venv/install.log
    if [ -L .venv ]; then # an environment that somebody else looks after
        return
    fi
    wanted=$(cksum <"$lock_file")
    stamp=.venv/.installed-$lock_file
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    python=$(find_python)
    (
        flock 9
        if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
            exit 0
        fi
        # A virtual environment breaks when its Python is removed: then it is made anew.
        if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
            echo "Making the virtual environment .venv with $("$python" -V) ..." >&2
            rm -rf .venv
            if ! "$python" -m venv .venv >&2; then
                echo "$0: $python cannot make a virtual environment (Debian: apt install python3-venv)" >&2
                exit 1
            fi
        fi
        echo "Installing $(grep -c '^[a-zA-Z0-9]' "$lock_file") packages from $lock_file ..." >&2
        if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
            --require-hashes -r "$lock_file" >"$log" 2>&1; then
            tail -n 30 "$log" >&2
            echo "$0: installing $lock_file failed; all of it is in $log" >&2
            exit 1
        fi
        echo "$wanted" >"$stamp"
    ) 9<"${BASH_SOURCE[0]}"
}
