"""Opens reports in Chromium as a reader does: mouse, keys, sliders, choices, light and dark, a phone, paper. Fails where a page tells
something else than the map, says anything on its console, or asks for anything beside itself.

    check.py FOLDER    where tests/report.sh has made plane.html, further.html, line.html, runs.html, point.html, strange.html and large.html"""

import json
import pathlib
import re
import subprocess
import sys

from browser import DOWN, END, HOME, LEFT, RIGHT, UP, Browser

folder = pathlib.Path(sys.argv[1])
pictures = folder / "pictures"
pictures.mkdir(exist_ok=True)


def opened(browser, name):
    browser.logged(), browser.asked()
    browser.open(folder / name)
    browser.wait("return document.documentElement.dataset.ready === 'yes'")


def is_quiet(browser, name):
    logged = browser.logged()
    assert not logged, f"{name} says on its console: {logged}"
    asked = [address for address in browser.asked() if address != (folder / name).resolve().as_uri()]
    assert not asked, f"{name} asks for {asked}"


def readout(browser):
    """The point under the cursor: its head, and names with values."""
    pairs = browser.run(
        "return [...document.querySelectorAll('#readout dl div')].map(own => [own.children[0].textContent, own.children[1].textContent])"
    )
    return browser.text("#readout .head"), dict(pairs)


def command(browser):
    return browser.text("#readout .command code")


def heard(browser, wanted):
    browser.wait(f"return document.getElementById('live').textContent.includes({json.dumps(wanted)})")


def fits(browser, name):
    wide = browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"{name} is wider than its window: {wide}"


def names_and_order(browser):
    """Landmarks, one heading of the first rank, none skipped, names of all controls."""
    ranks = browser.run("return [...document.querySelectorAll('h1, h2, h3')].map(own => Number(own.tagName[1]))")
    assert ranks[0] == 1 and ranks.count(1) == 1, ranks
    assert all(after <= before + 1 for before, after in zip(ranks, ranks[1:])), ranks
    for landmark in ("header", "nav[aria-label]", "main", "footer"):
        browser.find(landmark)
    nameless = browser.run(
        "return [...document.querySelectorAll('select, input, button, [tabindex]')].filter(own => !(own.labels && own.labels.length)"
        " && !own.textContent.trim() && !own.getAttribute('aria-label')).map(own => own.outerHTML)"
    )
    assert not nameless, nameless
    for table in browser.run("return [...document.querySelectorAll('table')].map(own => [!!own.caption, own.querySelectorAll('th[scope]').length])"):
        assert table[0] and table[1] > 0, "a table without a caption or heads"
    assert browser.run("return document.documentElement.lang") == "en"


def point_by_program(browser):
    """What `ictus point` tells by the command that the page shows."""
    words = command(browser)
    told = json.loads(subprocess.run(words + " --json", shell=True, cwd=folder, check=True, capture_output=True, text=True).stdout)
    head, _ = readout(browser)
    assert head.startswith(told["regime"].replace("_", " ")), f"{words}: {told['regime']} is {head} on the page"
    return told


def plane():
    with Browser() as browser:
        opened(browser, "plane.html")
        names_and_order(browser)
        fits(browser, "plane.html")
        browser.picture(pictures / "plane_light.png")
        # A click, and the same point by the program.
        browser.click_at("#plot canvas", 0.5, 0.5)
        head, first = readout(browser)
        told = point_by_program(browser)
        for name, value in told["features"].items():
            if isinstance(value, float) and name in first and "undefined" not in first[name]:
                shown = float(re.match(r"[≤≥ ]*([−0-9.e]+)", first[name]).group(1).replace("−", "-"))
                assert abs(shown - value) <= 0.01 * abs(value) + 0.05, f"{name}: {first[name]} for {value}"
        # Arrows move the cursor by one point, and what is there is told.
        browser.focus("#plot")
        browser.keys(RIGHT)
        _, second = readout(browser)
        assert second["p"] != first["p"] and second["B"] == first["B"], (first, second)
        browser.keys(LEFT + UP)
        _, third = readout(browser)
        assert third["p"] == first["p"] and third["B"] != first["B"], (first, third)
        browser.keys(DOWN)
        heard(browser, "B " + first["B"])
        browser.keys(HOME)
        assert readout(browser)[1]["p"].startswith("0 "), readout(browser)
        browser.keys(END)
        assert readout(browser)[1]["p"].startswith("350 "), readout(browser)
        point_by_program(browser)
        # A feature instead of regimes, and its scale.
        before = browser.run("return document.querySelector('#plot canvas').toDataURL()")
        feature = browser.run("return [...document.querySelectorAll('#controls select')[0].options].find(own => own.textContent.startsWith('amplitude')).value")
        browser.choose("#controls label:nth-child(1) select", feature)
        assert browser.run("return document.querySelector('#plot canvas').toDataURL()") != before
        assert "mV" in browser.text("#legend .ends")
        browser.picture(pictures / "plane_feature.png", whole=False)
        # Lines over one axis instead of a plane, and back; then the axes turned.
        browser.choose("#controls label:nth-child(1) select", "0")
        browser.choose("#controls label:nth-child(3) select", "-1")
        browser.find("#controls input[type=range]")
        browser.run("scrollTo(0, 0)")
        browser.picture(pictures / "plane_lines.png", whole=False)
        browser.choose("#controls label:nth-child(3) select", "0")
        browser.choose("#controls label:nth-child(2) select", "0")
        titles = browser.run("return [...document.querySelectorAll('#plot text.title')].map(own => own.textContent)")
        assert "B" in titles[0] and "p" in titles[1], titles
        # Copied texts say so.
        browser.click("#readout .command button")
        heard(browser, "copied")
        assert "Hopf" in browser.text("#legend"), browser.text("#legend")
        for wanted in ("Methods", "@article{jansen1995", "For research use only; not for clinical decisions."):
            assert wanted in browser.text("body"), wanted
        browser.pdf(pictures / "plane.pdf")
        is_quiet(browser, "plane.html")
    with Browser(dark=True) as browser:
        opened(browser, "plane.html")
        browser.picture(pictures / "plane_dark.png")
        is_quiet(browser, "plane.html")
    with Browser(width=360, height=740, scale=2) as browser:
        opened(browser, "plane.html")
        fits(browser, "plane.html on a phone")
        browser.picture(pictures / "plane_phone.png")
        is_quiet(browser, "plane.html")


def others():
    with Browser() as browser:
        opened(browser, "further.html")
        names_and_order(browser)
        _, first = readout(browser)
        at = browser.run("return document.querySelector('#controls input[type=range]').name")
        browser.choose("#controls input[type=range]", "1")
        _, second = readout(browser)
        assert first[at] != second[at], (at, first, second)
        point_by_program(browser)
        browser.picture(pictures / "further.png")
        is_quiet(browser, "further.html")
        for name in ("line", "runs"):
            opened(browser, f"{name}.html")
            names_and_order(browser)
            browser.click_at("#plot canvas", 0.3, 0.4)
            point_by_program(browser)
            browser.focus("#plot")
            before = readout(browser)
            browser.keys(RIGHT)
            assert readout(browser) != before, name
            point_by_program(browser)
            browser.picture(pictures / f"{name}.png")
            is_quiet(browser, f"{name}.html")
        opened(browser, "point.html")
        point_by_program(browser)
        is_quiet(browser, "point.html")
        opened(browser, "strange.html")
        names_and_order(browser)
        assert browser.run("return document.querySelectorAll('script').length") == 2
        assert browser.run("return document.title").startswith("</script><script>"), browser.run("return document.title")
        assert browser.run("return document.querySelectorAll('img, b, i').length") == 0
        browser.click_at("#plot canvas", 0.5, 0.5)
        point_by_program(browser)
        browser.picture(pictures / "strange.png")
        is_quiet(browser, "strange.html")
        opened(browser, "large.html")
        browser.click_at("#plot canvas", 0.7, 0.3)
        point_by_program(browser)
        browser.picture(pictures / "large.png")
        is_quiet(browser, "large.html")


plane()
others()
print("report: plane, further axes, line, runs, point, strange names, a million points: light, dark, phone, paper")
