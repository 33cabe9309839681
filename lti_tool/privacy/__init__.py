"""Privacy across the application and the record store: a person exported, erased, retention."""
