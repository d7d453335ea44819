# syntax=docker/dockerfile:1
# One image for web, worker, scheduler and migration; the compose file says which one a container is.

FROM node:22.21.1-bookworm-slim AS styles
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save
COPY shop ./shop
COPY templates ./templates
COPY scripts ./scripts
# The image has no Python; the digest of the committed style sheet is checked by `make check`.
RUN npx tailwindcss -i shop/static_src/theme.css -o shop/static/shop/shop.css --minify

FROM python:3.11.14-slim-bookworm AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /
RUN /venv/bin/pip install --require-hashes -r /requirements.lock

FROM python:3.11.14-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=shop.config.settings SHOP_ENV=production DATA_DIR=/data STATIC_ROOT=/shop/collected
# pg_dump and pg_restore of the server's version, for backup_shop and restore_shop.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 shop && useradd --uid 10001 --gid shop --no-create-home --shell /usr/sbin/nologin shop \
    && mkdir -p /data/media /srv/static /backups && chown -R shop:shop /data /srv/static /backups
COPY --from=libraries /venv /venv
WORKDIR /shop
COPY . .
COPY --from=styles /build/shop/static/shop/shop.css shop/static/shop/shop.css
# Any values do here: collecting files reads neither the key nor the database.
RUN python scripts/messages.py --compile \
    && SECRET_KEY=build DATABASE_URL=postgres://build@localhost/build ALLOWED_HOSTS=localhost \
       python manage.py collectstatic --no-input -v 0
USER shop
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--config", "scripts/gunicorn.production.py", "shop.config.wsgi:application"]
