/** `node add-user.mjs` adds the user of USER_NAME and USER_PASSWORD, or changes the password. Needs DATABASE_URL. */
import { openDatabase } from './src/database.mjs';
import { createUsers } from './src/users.mjs';

const { DATABASE_URL, USER_NAME, USER_PASSWORD } = process.env;
if (!DATABASE_URL || !USER_NAME || !USER_PASSWORD) {
  console.error('needs DATABASE_URL, USER_NAME and USER_PASSWORD');
  process.exit(2);
}
const database = openDatabase({ url: DATABASE_URL, log: { warn: console.error } });
try {
  await createUsers({ database }).add(USER_NAME, USER_PASSWORD);
  console.log(`added ${USER_NAME}`);
} finally {
  await database.close();
}
