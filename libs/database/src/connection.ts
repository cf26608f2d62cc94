/** A database as PostgreSQL's programs take it: what may be seen in an argument list, and what may not in the environment. */
export interface Connection {
  readonly address: string;
  readonly database: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The only variables of this process that PostgreSQL's programs inherit; the last name files with credentials. */
const passed = 'PATH HOME LANG TZ TMPDIR PGPASSFILE PGSERVICEFILE PGSSLROOTCERT PGSSLCERT PGSSLKEY'.split(' ');

/** Splits a `postgresql://` URL. Without a password in it, a password file is used as PostgreSQL's programs do. */
export function connectionOf(url: string): Connection {
  const address = parsed(url);
  const password = address.searchParams.get('password') ?? decodeURIComponent(address.password);
  address.password = '';
  address.searchParams.delete('password');
  const inherited = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    address: address.href,
    database: decodeURIComponent(address.pathname.slice(1)) || address.username,
    environment: {
      ...Object.fromEntries(inherited),
      ...(password === '' ? {} : { PGPASSWORD: password }),
      LC_ALL: 'C',
      PGAPPNAME: 'backstay',
      PGCONNECT_TIMEOUT: '10',
    },
  };
}

function parsed(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || !/^postgres(ql)?:$/.test(address.protocol)) {
    throw new TypeError('a database is named by a postgresql:// URL'); // The URL itself may hold a password.
  }
  return address;
}
