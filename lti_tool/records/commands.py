"""`twofold lrs`: who may use the record store, and statements to and from other places."""

import click

from lti_tool.records.credential_commands import credential
from lti_tool.records.forward_commands import forward
from lti_tool.records.transfer_commands import export_, import_


@click.group()
def lrs() -> None:
    """The learning record store."""


lrs.add_command(credential)
lrs.add_command(forward)
lrs.add_command(export_, "export")
lrs.add_command(import_, "import")
