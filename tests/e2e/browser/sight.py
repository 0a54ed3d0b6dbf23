"""What is wrong with a page for those who cannot see it, zoom in on it or cannot aim, found by looking at all of it."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(({violations}) =>
    violations.flatMap(({id, nodes}) =>
        nodes.map(({target, html}) => `${id}: ${target.join(" ")} ${html.slice(0, 160)}`)))"""

_SIZES = """() => {
    const isSeen = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const whole = (e) => e.closest("label")?.getBoundingClientRect() ?? e.getBoundingClientRect();
    const controls = "a, button, input, select, textarea, summary, label[for].icb, label[for].tab";
    return [...document.querySelectorAll(controls)].filter((e) => {
        const own = e.getBoundingClientRect();
        if (own.width < 2 || own.height < 2 || e.matches(".vh") || !isSeen(e)) return false;
        if (getComputedStyle(e).display === "inline") return false;
        const {width, height} = whole(e);
        return width < 24 || height < 24;
    }).map((e) => e.outerHTML.slice(0, 120));
}"""

_CLIPPED = """() => {
    const kinds = "h1, h2, h3, p, a, button, input, select, textarea, summary, label, dd, dt, li";
    const isCut = (e) => {
        const own = e.getBoundingClientRect();
        if (own.width < 2 || own.height < 2 || !e.checkVisibility({visibilityProperty: true})) return false;
        for (let up = e.parentElement; up; up = up.parentElement) {
            const style = getComputedStyle(up), box = up.getBoundingClientRect();
            if (up.matches(".vh") || style.clipPath !== "none") return false;
            if (/auto|scroll/.test(style.overflowX) && up !== document.documentElement) return false;
            if (style.overflowX !== "visible" && (own.right > box.right + 1 || own.left < box.left - 1)) return true;
            if (style.position === "fixed") break;
        }
        return own.right > innerWidth + 1 || own.left < -1;
    };
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return [...(wide > 0 ? [`the page scrolls ${wide} px sideways`] : []),
        ...[...document.querySelectorAll(kinds)].filter(isCut).map((e) => e.outerHTML.slice(0, 120))];
}"""


def axe(page: Page) -> list[str]:
    """What axe-core finds on the page, light and dark: WCAG 2.2 A and AA and its own good practice.

    In the dark only the rules that look at colours can find anything else than in the light.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    found: list[str] = []
    for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found += [f"{scheme} {fault}" for fault in page.evaluate(_RUN, rules)]
    return found


def faults(page: Page) -> list[str]:
    """All that is found on the page in a window as wide as this one."""
    return misfits(page) + _at_this_width(page, axe(page))


def misfits(page: Page) -> list[str]:
    """What is too small or cut off in a window as wide as this one; unlike axe-core this takes no time."""
    return _at_this_width(page, [f"small {one}" for one in small(page)] + [f"clipped {one}" for one in clipped(page)])


def _at_this_width(page: Page, found: list[str]) -> list[str]:
    width = page.viewport_size["width"] if page.viewport_size else 0
    return [f"{width} px: {fault}" for fault in found]


def small(page: Page) -> list[str]:
    """Targets smaller than 24 × 24 px that are no links within a sentence (WCAG 2.5.8)."""
    found: list[str] = page.evaluate(_SIZES)
    return found


def clipped(page: Page) -> list[str]:
    """What sticks out of the window or of what holds it, where no scrolling brings it in (WCAG 1.4.10)."""
    found: list[str] = page.evaluate(_CLIPPED)
    return found
