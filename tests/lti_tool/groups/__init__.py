"""Sections and groups as LMSs say them."""
