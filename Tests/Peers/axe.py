"""axe-core, which finds what people who can't see, or have no mouse, could not use."""

from axe_playwright_python.base import AXE_SCRIPT


def violations(page):
    """What it finds in a page as it stands, in words."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for violation in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
        nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
        yield f"axe: {violation['id']}: {violation['help']}: {nodes}"
