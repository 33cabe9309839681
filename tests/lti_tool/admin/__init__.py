"""Tests of the administrator's log-in, pages, commands and audit."""
