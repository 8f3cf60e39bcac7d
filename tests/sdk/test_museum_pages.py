"""Every scenario has a page, and no page is without one."""

import re

from museum_support import GENERAL, IDS, REPOSITORY

README = (REPOSITORY / "fixtures/museum/README.md").read_text()


def test_every_scenario_of_the_museum_has_a_page_and_every_page_a_scenario():
    pages = re.findall(r"^#### (\S+)", README, re.MULTILINE)
    assert len(pages) == len(set(pages))
    of_variants = set(re.findall(r"^\* `([A-G]-\d\d-\S+)`", README, re.MULTILINE))
    assert set(pages) | of_variants == set(IDS) - GENERAL


def test_a_link_leads_to_the_thread_that_the_page_is_about():
    links = re.findall(r"https://[^\s)>]+", README)
    assert links and all(re.match(r"https://(github\.com|docs\.ionq\.com)/", link) for link in links)
