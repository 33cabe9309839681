"""Files that come in and go out: frameworks, rubrics and activities as other tools know them."""
