ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false;
UPDATE notes SET pinned = true WHERE title = 'Birthday';
