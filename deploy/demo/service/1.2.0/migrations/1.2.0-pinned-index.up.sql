CREATE INDEX notes_pinned ON notes (pinned DESC, id);
