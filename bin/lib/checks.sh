# Run by bin/test: each check in turn, the cheap ones first; the first that fails ends it with its exit code.
set -euo pipefail

python=.venv/bin/python
COVERAGE_MINIMUM=90

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

run_tests() {
    "$python" -m pytest -n "$(nproc)" --cov --cov-fail-under="$COVERAGE_MINIMUM"
}

step "ruff check" "$python" -m ruff check .
step "ruff format" "$python" -m ruff format --check .
step "mypy" "$python" -m mypy
step "import contracts" check_imports
step "migrations" "$python" manage.py makemigrations --check --dry-run
step "deployment check" check_deploy
step "API schema" check_schema
step "tests" run_tests
