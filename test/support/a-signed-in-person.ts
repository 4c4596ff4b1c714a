import { toCsrfToken } from '../../hub-server/access/csrf-token.ts'
import { sha256 } from '../../hub-server/store/sha256.ts'
import { aBrowser } from './a-browser.ts'
import { password } from './an-access-hub.ts'

const userAgent = 'Mozilla/5.0 (X11) Test/1'

/** Signs a user of `makeUser` in; the headers of their requests. */
export async function signIn(url: string, name: string): Promise<Readonly<Record<string, string>>> {
  const browser = aBrowser(url, userAgent)
  await browser.fill('/sign-in', '/sign-in', { name, password })
  const token = browser.cookies.get('affluent-session') ?? ''
  return {
    'user-agent': userAgent,
    cookie: `affluent-session=${token}`,
    'x-csrf-token': toCsrfToken(sha256(token)),
    origin: url,
  }
}
