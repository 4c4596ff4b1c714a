import { randomBytes } from 'node:crypto'
import type { Response } from 'express'
import type { Language } from '../locales/translate.ts'
import { pageStyle } from './page-style.ts'

/** Text that is safe to stand in a page: made by `html` alone. */
export class Html {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  /** For `html` alone: whatever is handed in goes into pages as it is. */
  static join(parts: readonly string[], values: readonly HtmlValue[]): Html {
    return new Html(parts.map((part, index) => part + toText(values[index])).join(''))
  }

  toString(): string {
    return this.#text
  }
}

/** What may stand in a template: texts and numbers are escaped, absent things are left out. */
export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[]

/** A piece of a page: html`<p>${name}</p>`. Every value is escaped for text and for quoted attributes, unless it is a piece itself. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.join(parts, values)
}

function toText(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return value.map(toText).join('')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

const escapeText = (text: string): string => text.replace(/[&<>"'`]/g, (sign) => escapes[sign] ?? '')

export interface PageContent {
  readonly title: string
  readonly language: Language
  readonly body: Html
  /** `narrow` (default): a form or a message. `wide`: something to read. `embedded`: within a page of somebody else, without our name above. */
  readonly layout?: 'narrow' | 'wide' | 'embedded'
  /** Origins that may show the page in a frame: "https://example.my.salesforce.com". Default: none may. */
  readonly frameAncestors?: readonly string[]
}

/** A page, ready to be sent. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Stands above each page, and at the end of its title. */
const product = 'Affluent'

/** 128 bits, as the specification of CSP asks (https://www.w3.org/TR/CSP3/#security-nonces). */
const nonceBytes = 16

/** An origin with nothing after it: anything else could add a directive to the policy. */
const originPattern = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/i

/**
 * A whole page under a policy that lets nothing run or load but its own style. The page's colours follow the reader's system. Throws
 * `TypeError` for a frame ancestor that is no https origin.
 */
export function renderPage(content: PageContent): Page {
  const { language, frameAncestors = [] } = content
  const wrong = frameAncestors.find((origin) => !originPattern.test(origin))
  if (wrong !== undefined) throw new TypeError('a frame ancestor is an https origin')
  const nonce = randomBytes(nonceBytes).toString('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
  ]
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': language,
      'Content-Security-Policy': policy.join('; '),
      'X-Content-Type-Options': 'nosniff',
      // Under "no-referrer" browsers post forms with "Origin: null" (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      ...(frameAncestors.length === 0 && { 'X-Frame-Options': 'DENY' }),
    },
    text: toDocument(content, nonce),
  }
}

function toDocument({ title, language, body, layout = 'narrow' }: PageContent, nonce: string): string {
  const head = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.includes(product) ? title : `${title} · ${product}`}</title>
<style nonce="${nonce}">`
  const header = html`<header><a href="/account">${product}</a></header> `
  const rest = html`</style>
</head>
<body class="${layout}">
${layout !== 'embedded' && header}<main>
${body}
</main>
</body>
</html>
`
  // The style is ours and holds signs that would be escaped.
  return `${head.toString()}${pageStyle}${rest.toString()}`
}

/** Sends a page in place of an API answer. */
export function sendPage(response: Response, page: Page, status = 200): void {
  response.status(status).set(page.headers).send(page.text)
}
