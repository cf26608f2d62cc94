CREATE TABLE users (name text PRIMARY KEY, password_hash text NOT NULL);
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, body text NOT NULL);
INSERT INTO notes (title, body) VALUES
  ('Groceries', 'Bread, olives, two lemons'),
  ('Reading', 'The long way to a small planet'),
  ('Garden', 'Water the tomatoes every other day'),
  ('Repairs', 'New inner tube for the bicycle'),
  ('Birthday', 'A kite, if the shop still has the red one');
