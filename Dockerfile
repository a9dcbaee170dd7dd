# syntax=docker/dockerfile:1

FROM python:3.11-slim AS build
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    DATA_DIR=/data
RUN useradd --uid 10001 --no-create-home --home-dir /app marketplace \
    && install --directory --owner marketplace --group marketplace /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Production settings refuse to load without these; none of the values is kept in the image.
RUN export DATABASE_URL=postgresql://build REDIS_URL=redis://build EMAIL_HOST=build SMS_BACKEND=http \
        ALLOWED_HOSTS=build SITE_URL=https://build SHOP_FRONT_URL=https://build \
    && for name in SECRET_KEY JWT_SIGNING_KEY TOKEN_PEPPER; do \
        export "$name=$(python -c 'import secrets; print(secrets.token_urlsafe(48))')"; \
    done \
    && python manage.py collectstatic --noinput --verbosity 0
USER marketplace
VOLUME /data
EXPOSE 8000 8001
# The address is not among ALLOWED_HOSTS, so the check names a host that is.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "\
import os, urllib.request as r; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].strip().lstrip('.'); \
r.urlopen(r.Request('http://127.0.0.1:8000/health/live', headers={'Host': host}), timeout=4)"]
# Compose and the Procfile start the other processes from the same image.
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", \
     "--respawn-failed-workers", "--workers-kill-timeout", "30", "marketplace.wsgi:application"]
