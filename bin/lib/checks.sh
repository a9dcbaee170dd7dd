# Run by bin/test: each check in turn, the cheap ones first; the first that fails ends it with its exit code.
set -euo pipefail

python=.venv/bin/python

step() {
    local name=$1 began=$SECONDS code=0
    shift
    echo "--- $name"
    "$@" || code=$?
    if [ "$code" -ne 0 ]; then
        echo "--- $name failed with exit code $code after $((SECONDS - began)) s" >&2
        exit "$code"
    fi
    echo "--- $name: ok, $((SECONDS - began)) s"
}

random() { "$python" -c 'import secrets; print(secrets.token_urlsafe(48))'; }

# Production refuses to start without these; the values live as long as the check does.
check_deploy() {
    env DJANGO_SETTINGS_MODULE=marketplace.settings.production ENVIRONMENT=production \
        SECRET_KEY="$(random)" JWT_SIGNING_KEY="$(random)" TOKEN_PEPPER="$(random)" \
        ALLOWED_HOSTS=shop.example.com SITE_URL=https://shop.example.com \
        SHOP_FRONT_URL=https://www.example.com EMAIL_HOST=mail.example.com \
        SMS_BACKEND=http SMS_API_URL=https://sms.example.com SMS_API_KEY="$(random)" \
        "$python" manage.py check --deploy --fail-level WARNING
}

# By module, so that it also works after the checkout has moved: console scripts hold its old path.
check_imports() {
    "$python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo
}

check_schema() {
    "$python" manage.py spectacular --validate --fail-on-warn --file /dev/null
}

# Keys as those who give them out write them, and whole private keys, in anything that was ever committed. What is
# printed is where, not what.
check_secrets() {
    local secret='-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\b[sr]k_live_[0-9A-Za-z]{8,}'
    secret+='|\bgh[pousr]_[0-9A-Za-z]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20}|\bxox[abprs]-[\w-]{10,}'
    secret+='|\bAIza[\w-]{35}|\bSK[0-9a-f]{32}\b|\bSG\.[\w-]{20,}\.[\w-]{20,}|\bmk_[0-9a-f]{9}_[\w-]{43}'
    if ! git rev-parse --git-dir >/dev/null 2>&1; then
        echo "SKIPPED: this is no git repository"
        return
    fi
    git log -p --no-color --no-textconv --format='commit %h' HEAD | tr -d '\000' | awk '
        /^commit / { commit = $2 }
        /^\+\+\+ / { file = $2; next }
        /^\+/ { print commit " " file " " $0 }' |
        { grep -aP "^\w+ \S+ \+.*($secret)" || true; } | cut -d' ' -f1,2 | sort -u | { ! grep . ; }
}

# A mirror of the package index knows of no holes, and silence would look like safety: so some that are known are asked
# for first.
knows_vulnerabilities() {
    { echo "django==5.0" | "$python" -m pip_audit --disable-pip --no-deps --progress-spinner off --timeout 5 \
        --format json --requirement /dev/stdin 2>/dev/null || true; } | grep -q '"id"'
}

check_dependencies() {
    if ! knows_vulnerabilities; then
        echo "SKIPPED: the list of known vulnerabilities cannot be reached from here; no dependency was checked"
        return
    fi
    "$python" -m pip_audit --disable-pip --require-hashes --progress-spinner off --requirement requirements-dev.txt
}

run_tests() {
    "$python" -m pytest -n "$(nproc)"
}

# As long as all that stands between the two: on the other core.
begin_mypy() {
    mypy_log=$(mktemp)
    trap 'kill "$mypy" 2>/dev/null || true; rm -f "$mypy_log"' EXIT
    "$python" -m mypy >"$mypy_log" 2>&1 &
    mypy=$!
}

end_mypy() {
    local code=0
    wait "$mypy" || code=$?
    cat "$mypy_log"
    return "$code"
}

make_template() {
    env DJANGO_SETTINGS_MODULE=marketplace.settings.test "$python" -c "import django; django.setup()
from marketplace.common.testing.template import migrated_template
migrated_template()"
}

# The rules of bandit are among ruff's (S), so bandit itself is not run.
step "ruff check, bandit's rules too" "$python" -m ruff check .
step "ruff format" "$python" -m ruff format --check .
begin_mypy
step "import contracts" check_imports
step "secrets in the history" check_secrets
step "known vulnerabilities" check_dependencies
step "migrations" "$python" manage.py makemigrations --check --dry-run
step "deployment check" check_deploy
step "API schema" check_schema
step "database for the tests" make_template
step "mypy" end_mypy
step "tests" run_tests
