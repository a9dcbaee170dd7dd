"""Pictures of the console for `docs/images/`, taken of a running demo: `bin/screenshots`.

Needs the development packages and Chromium.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from marketplace.demo import accounts

ROOT = Path(__file__).resolve().parents[2]
# Width and least height of the windows, by what the files' names end in.
WINDOWS = {"": (1280, 900), "-390": (390, 844)}
# What a picture shows at most: below it come more rows of the same.
MOST_HEIGHT = 2_400


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the running demo")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )
        for ending, size in WINDOWS.items():
            _take(browser, options.url, size, options.folder, ending)
        browser.close()
    return 0


def _take(browser: Browser, url: str, size: tuple[int, int], folder: Path, ending: str) -> None:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{url}/admin/")
    page.fill("#id_username", accounts.ADMIN.email)
    page.fill("#id_password", accounts.PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector(".queues")
    _save(page, folder / f"console-start{ending}.png")
    page.goto(f"{url}/admin/catalog/product/queue/")
    page.wait_for_selector(".queue-decision")
    # The narrow one has its buttons at the foot of the window, wherever one reads.
    _save(page, folder / f"console-queue{ending}.png", is_whole=not ending)
    page.goto(f"{url}/admin/shops/shop/?status__exact=approved&o=-8")
    page.click("#result_list tbody th a >> nth=0")
    page.wait_for_selector(".panels")
    _save(page, folder / f"console-shop{ending}.png")
    context.close()


def _save(page: Page, path: Path, *, is_whole: bool = True) -> None:
    page.wait_for_load_state("networkidle")
    picture: Image.Image = Image.open(io.BytesIO(page.screenshot(full_page=is_whole)))
    if picture.height > MOST_HEIGHT:
        picture = picture.crop((0, 0, picture.width, MOST_HEIGHT))
    # A palette is a quarter of the size, and the console has few colours.
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    sys.exit(main())
