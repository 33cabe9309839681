"""Sections and groups as LMSs say them: in custom parameters, in class lists, by Course Groups."""
