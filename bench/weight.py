"""First views of the shop behind nginx: the pages that the bench looks at, and the proxy in front.

Also alone: `make bench ONLY=weight`, which writes its section of docs/benchmarks.md and leaves the rest of it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chromium import start_browser
from console import Failed, say
from playwright.sync_api import sync_playwright
from proxy import configuration, find_nginx

from bench.first_view import VIEWS, Weight, first_view, row
from bench.sites import Site, start, stop

PROXY_PORT = 18312


def measure_weight(site: Site) -> list[Weight]:
    """Serve the shop behind nginx and look at its first page, a category and a product."""
    paths = {
        "home": "/",
        "category": site.goods.categories["tea"],
        "product": next(iter(site.goods.products.values())),
    }
    with site.serving(), _proxied(site) as base, sync_playwright() as playwright:
        browser = start_browser(playwright)
        found = []
        for page, path in paths.items():
            # The first visitor of all fills the caches of the shop, which no later one waits for.
            first_view(browser, base, path, slowly=False)
            found.append(Weight(page, [first_view(browser, base, path) for _ in range(VIEWS)]))
            say(f"      {page}: {', '.join(row(found[-1])[1:])}")
        browser.close()
    return found


@contextmanager
def _proxied(site: Site) -> Iterator[str]:
    """Run nginx in front of the site as production has it; give its address. Raises Failed without nginx."""
    nginx = find_nginx()
    if nginx is None:
        raise Failed("The weight of a page needs nginx; on Debian: apt install nginx-light")
    folder: Path = site.folder / "proxy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pictures = site.folder / "media" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    text = configuration(
        port=PROXY_PORT,
        upstreams=[f"127.0.0.1:{site.port}"],
        static=site.folder / "static",
        pictures=pictures,
        folder=folder,
    )
    (folder / "nginx.conf").write_text(text)
    with (folder / "proxy.log").open("ab") as log:
        process = start(
            [nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"], site.env, log.fileno()
        )
        try:
            yield f"http://127.0.0.1:{PROXY_PORT}"
        finally:
            stop(process)
