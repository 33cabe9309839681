"""`twofold lrs`: who may use the record store, and statements to and from other places."""

import click

from lti_tool.records.credential_commands import credential


@click.group()
def lrs() -> None:
    """The learning record store."""


lrs.add_command(credential)
