import { httpRequest, type HttpAnswer } from './http-request.ts'

/** Just enough of a browser: it keeps cookies, says where it comes from, and fills forms in. */
export interface Browser {
  readonly cookies: Map<string, string>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>
  /** Loads the page, takes its hidden fields, and sends its form. */
  fill(page: string, action: string, fields: Readonly<Record<string, string>>): Promise<HttpAnswer>
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>
  /** A request of a script on one of our pages. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>
}

export function aBrowser(origin: string, userAgent = 'Mozilla/5.0 (X11) Test/1'): Browser {
  const cookies = new Map<string, string>()
  const keep = (answer: HttpAnswer): HttpAnswer => {
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return answer
  }
  const own = (): Record<string, string> => ({
    'user-agent': userAgent,
    ...(cookies.size > 0 && {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    }),
  })
  const get: Browser['get'] = async (path, headers) =>
    keep(await httpRequest(`${origin}${path}`, { headers: { ...own(), ...headers } }))
  const post: Browser['post'] = async (path, fields, headers) =>
    keep(
      await httpRequest(`${origin}${path}`, {
        method: 'POST',
        headers: {
          ...own(),
          'content-type': 'application/x-www-form-urlencoded',
          origin,
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        body: new URLSearchParams(fields).toString(),
      }),
    )
  return {
    cookies,
    get,
    post,
    async fill(page, action, fields) {
      const { text, headers } = await get(page)
      // https://fetch.spec.whatwg.org/#append-a-request-origin-header
      const from = headers['referrer-policy'] === 'no-referrer' ? 'null' : origin
      return post(action, { ...hiddenFields(text), ...fields }, { origin: from })
    },
    async send(method, path, body, headers) {
      return keep(
        await httpRequest(`${origin}${path}`, {
          method,
          headers: {
            ...own(),
            origin,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      )
    },
  }
}

/** Hidden fields of a page, unescaped as far as ours need it. */
export function hiddenFields(page: string): Record<string, string> {
  const found = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries(
    [...found].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
    ]),
  )
}
