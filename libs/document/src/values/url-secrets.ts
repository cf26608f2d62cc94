const urlForm = /^\s*([a-z][a-z0-9+.-]*):\/\/([^/?#\\\s]*)@/i;
/** A user's name alone is how one logs in there; only what follows its colon is secret. */
const namesUser = /^(?:ssh|git\+ssh|postgres(?:ql)?|rediss?)$/i;
const passwordParameter = /[?&](?:ssl)?password=(?!\$\{\w+\})[^&]/i;
const onlyVariable = /^\$\{\w+\}$/;

/**
 * Whether a URL carries who calls: a password, or of https a user's name or token as well, which a server may take for the whole
 * proof. Such a URL stands in no document, profile or plan and is never called.
 */
export function hasSecret(url: string): boolean {
  const [, scheme = '', user = ''] = urlForm.exec(url) ?? [];
  if (/^(?:postgres(?:ql)?|rediss?):/i.test(url) && passwordParameter.test(url)) return true;
  if (namesUser.test(scheme)) {
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(user) ?? [];
    return password !== '' && !onlyVariable.test(password);
  }
  return user !== '' || isParsedSo(url);
}

/** The URL standard reads `https:/\TOKEN@host` as `https://TOKEN@host`, too. */
function isParsedSo(url: string): boolean {
  if (!/^\s*https?:/i.test(url) || !URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** What a problem says of such a URL. */
export const secretInUrl = 'a URL carries no user name, password or token';
