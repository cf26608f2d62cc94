import { hashPassword, isPassword } from './passwords.mjs';

// Compared when nobody has the name, so that an unknown name takes as long as a wrong password.
const nobody = await hashPassword('nobody');

const ADD = `INSERT INTO users (name, password_hash) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash`;

export function createUsers({ database }) {
  return {
    add: async (name, password) => database.query(ADD, [name, await hashPassword(password)]),
    isKnown: async (name, password) => {
      const [user] = await database.query('SELECT password_hash FROM users WHERE name = $1', [name]);
      const matches = await isPassword(password, user?.password_hash ?? nobody);
      return matches && user !== undefined;
    },
  };
}
