"""How the domain says no: one exception with a code to search for and words that say what to do."""


class Refused(Exception):
    """What was asked cannot be done; nothing was changed.

    `code` is stable and searchable ("assessment.stale"); `message` is English with %(name)s places
    that `values` fill, so that it can be translated whole.
    """

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.code = code
        self.message = message
        self.values = values
