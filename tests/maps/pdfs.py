"""What the tests of PDFs share: text and structure by poppler's tools."""

from __future__ import annotations

import re
import shutil
import subprocess

import page
import pytest

needs_poppler = pytest.mark.skipif(
    shutil.which("pdfinfo") is None or shutil.which("pdftotext") is None,
    reason="poppler's pdfinfo and pdftotext are not installed",
)


def pdf_ua_findings(path):
    """Return what a public checker finds against PDF/UA-1 (ISO 14289-1), as rule and words."""
    report = page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant == (not report.failures)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


def info(path):
    """Return pdfinfo's fields."""
    run = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    return dict(re.findall(r"^([^:\n]+):\s*(.*)$", run.stdout, re.MULTILINE))


def structure(path):
    """Return the structure tree's element types, in order."""
    command = ["pdfinfo", "-struct", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.findall(r"^\s*([A-Z][A-Za-z0-9]*)(?: |:|$)", run.stdout, re.MULTILINE)


def text(path, *options):
    """Return the text as a reader copies it."""
    command = ["pdftotext", *options, str(path), "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout
