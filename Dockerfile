# syntax=docker/dockerfile:1
# Two images: `app`, of which every process of ours is started, and `proxy`, nginx with the static files.

FROM python:3.11-slim AS packages
COPY requirements.txt .
# Wheels only, each with the checksum that the lock file knows: nothing is built, nothing is run.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
        --require-hashes -r requirements.txt

FROM python:3.11-slim AS app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    DATA_DIR=/data
RUN useradd --uid 10001 --no-create-home --home-dir /app marketplace \
    && install --directory --owner marketplace --group marketplace /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Production settings refuse to load without these; none of the values is kept in the image.
RUN export DATABASE_URL=postgresql:///build REDIS_URL=redis://localhost EMAIL_HOST=build SMS_BACKEND=http \
        SMS_API_URL=https://build ALLOWED_HOSTS=build SITE_URL=https://build SHOP_FRONT_URL=https://build \
    && for name in SECRET_KEY JWT_SIGNING_KEY TOKEN_PEPPER; do \
        export "$name=$(python -c 'import secrets; print(secrets.token_urlsafe(48))')"; \
    done \
    && python manage.py collectstatic --noinput --verbosity 0
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8000 8001
# The address is not among ALLOWED_HOSTS, so the check names a host that is.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "\
import os, urllib.request as r; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].strip().lstrip('.'); \
r.urlopen(r.Request('http://127.0.0.1:8000/health/live', headers={'Host': host}), timeout=4)"]
# Compose, Kubernetes and the Procfile start the other processes from the same image.
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", \
     "--respawn-failed-workers", "--workers-kill-timeout", "30", "marketplace.wsgi:application"]

FROM nginxinc/nginx-unprivileged:stable-alpine AS proxy
COPY --from=app /app/staticfiles /srv/static
COPY deploy/nginx/nginx.conf /etc/nginx/nginx.conf
COPY deploy/nginx/marketplace.conf.template /etc/nginx/templates/marketplace.conf.template
# 127.0.0.11 is Docker's own name server.
ENV NGINX_ENVSUBST_FILTER="^(SITE_HOST|SHOP_FRONT_URL|HTTP_PORT|HTTPS_PORT|RESOLVER|WEB|REALTIME|STORAGE|STATIC_ROOT|ACME_ROOT|TLS_CERTIFICATE|TLS_KEY|REQUESTS_PER_SECOND|REQUESTS_BURST)$" \
    HTTP_PORT=8080 HTTPS_PORT=8443 RESOLVER=127.0.0.11 \
    WEB=web:8000 REALTIME=realtime:8001 STORAGE=storage:8333 \
    STATIC_ROOT=/srv/static ACME_ROOT=/srv/acme \
    TLS_CERTIFICATE=/etc/nginx/tls/fullchain.pem TLS_KEY=/etc/nginx/tls/privkey.pem \
    REQUESTS_PER_SECOND=50 REQUESTS_BURST=300
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=5s CMD ["nc", "-z", "127.0.0.1", "8443"]

# What `docker build .` makes when it is not told which.
FROM app
