/** Cookies of the hub: both bear secrets, none bears anything that could be read. */
export interface CookieJar {
  /** Names the session. */
  readonly session: CookieName
  /** Names the browser before anybody signed in: forms and sign-ins at the identity provider are bound to it. */
  readonly visit: CookieName
}

interface CookieName {
  read(header: string | undefined): string | undefined
  /** The Set-Cookie header that sets it until the browser is closed. */
  set(value: string): string
  /** The Set-Cookie header that removes it. */
  clear(): string
}

/**
 * With TLS the names begin with `__Host-`: browsers then refuse what another host, a plain page or a path tries to set. `isSecure` is
 * false only on loopback, where there is no TLS.
 */
export function createCookieJar(isSecure: boolean): CookieJar {
  return {
    session: createCookie('affluent-session', isSecure),
    visit: createCookie('affluent-visit', isSecure),
  }
}

function createCookie(plainName: string, isSecure: boolean): CookieName {
  const name = isSecure ? `__Host-${plainName}` : plainName
  // Lax, not Strict: who comes back from the identity provider, or by a link in a mail, is still signed in. Unsafe requests of other
  // sites carry neither.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    read(header) {
      const found = (header ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
      // Two of one name: somebody planted one, and nobody can say which is ours.
      return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined
    },
    set: (value) => `${name}=${value}; ${attributes}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
  }
}
