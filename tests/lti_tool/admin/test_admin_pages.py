"""The administrator's pages of platforms, links, keys and the audit, as they are used."""

import pytest
from tests.lti_tool.admin.conftest import Browser

def test_pages(browser: Browser) -> None:
    for path in ("/admin/","/admin/platforms","/admin/platforms/link","/admin/platforms/new","/admin/keys","/admin/keys/rotate","/admin/audit","/admin/security","/admin/security/codes","/admin/security/codes/off"):
        answer = browser.get(path)
        print(path, answer.status_code)
        assert answer.status_code in (200, 303), answer.text
