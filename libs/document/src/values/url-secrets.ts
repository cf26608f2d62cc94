/** Also behind other schemes, as in `jdbc:postgresql://`, and without one. */
const urlForm = /^\s*(?:[a-z][a-z0-9+.-]*:)*?(?:([a-z][a-z0-9+.-]*):)?\/\/([^/?#\\\s]*)@/i;
/** A user's name alone is how one logs in there; only what follows its colon is secret. */
const namesUser = /^(?:ssh|git\+ssh|postgres(?:ql)?|rediss?)$/i;
const beginsAsUrl = /^\s*(?:[a-z][a-z0-9+.-]*:)*[/\\]{2}/i;
/** Names of parameters, also as JDBC writes them behind `;`. */
const passwordName = /^(?:(?:ssl)?password|passwd|pwd)$/i;
const onlyVariable = /^\$\{\w+\}$/;

/**
 * Whether a URL carries who calls: a password, or of https a user's name or token as well, which a server may take for the whole
 * proof. Such a URL stands in no document, profile or plan and is never called.
 */
export function hasSecret(url: string): boolean {
  const [, scheme = '', user = ''] = urlForm.exec(url) ?? [];
  if (beginsAsUrl.test(url) && hasPasswordParameter(url)) return true;
  if (namesUser.test(scheme)) {
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(user) ?? [];
    return password !== '' && !onlyVariable.test(password);
  }
  return user !== '' || isParsedWithUser(url);
}

/** However the name is percent-encoded; a variable is put in place later, and is a secret of its own. */
function hasPasswordParameter(url: string): boolean {
  return url
    .split(/[?&;]/)
    .slice(1)
    .some((parameter) => {
      const [, name = '', value = ''] = /^([^=]*)=([^#]*)/.exec(parameter) ?? [];
      return passwordName.test(decoded(name)) && value !== '' && !/^\$\{\w+\}/.test(value);
    });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim();
  } catch {
    return name;
  }
}

/** The URL standard reads `https:/\TOKEN@host` as `https://TOKEN@host`, too, and `//TOKEN@host` beside a URL of https. */
function isParsedWithUser(url: string): boolean {
  const isRelative = /^\s*[/\\]{2}/.test(url);
  const base = isRelative ? 'https://host.invalid' : undefined;
  if ((!isRelative && !/^\s*https?:/i.test(url)) || !URL.canParse(url, base)) return false;
  const { username, password } = new URL(url, base);
  return username !== '' || password !== '';
}

/** What a problem says of such a URL. */
export const secretInUrl = 'a URL carries no user name, password or token';
