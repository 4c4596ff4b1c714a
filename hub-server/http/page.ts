import { randomBytes } from 'node:crypto'
import type { Response } from 'express'
import type { Language } from '../locales/translate.ts'

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
  /** A script of ours, as text; it runs by the page's nonce. Never made of anything that was read. */
  readonly script?: string
  /** Origins that may show the page in a frame: "https://example.my.salesforce.com". Default: none may. */
  readonly frameAncestors?: readonly string[]
}

/** A page, ready to be sent. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** 128 bits, as the specification of CSP asks (https://www.w3.org/TR/CSP3/#security-nonces). */
const nonceBytes = 16

/** An origin with nothing after it: anything else could add a directive to the policy. */
const originPattern = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/i

/**
 * A whole page under a policy that lets nothing run or load but its own style and script. The page's colours follow the reader's
 * system. Throws `TypeError` for a frame ancestor that is no https origin.
 */
export function renderPage({ title, language, body, script, frameAncestors = [] }: PageContent): Page {
  const wrong = frameAncestors.find((origin) => !originPattern.test(origin))
  if (wrong !== undefined) throw new TypeError('a frame ancestor is an https origin')
  const nonce = randomBytes(nonceBytes).toString('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(script === undefined ? [] : [`script-src 'nonce-${nonce}'`, "connect-src 'self'"]),
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
  ]
  const open = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">`
  const middle = html`</style>
</head>
<body>
<main>
${body}
</main>
`
  const running =
    script === undefined ? '' : `${html`<script nonce="${nonce}">`.toString()}${script}</script>\n`
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': language,
      'Content-Security-Policy': policy.join('; '),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
      ...(frameAncestors.length === 0 && { 'X-Frame-Options': 'DENY' }),
    },
    text: `${open.toString()}${style}${middle.toString()}${running}</body>\n</html>\n`,
  }
}

/** Sends a page in place of an API answer. */
export function sendPage(response: Response, page: Page, status = 200): void {
  response.status(status).set(page.headers).send(page.text)
}

/** Contrast of text and of the focus ring is at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3 and 1.4.11). */
const style = `
:root { color-scheme: light dark; --line: #6b7280; --accent: #1d4ed8; --on-accent: #ffffff; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --line: #9ca3af; --accent: #93c5fd; --on-accent: #111827; --bad: #fca5a5; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, select { width: 100%; padding: .5rem .625rem; margin-top: .25rem; font: inherit; border: 1px solid var(--line); border-radius: .375rem; }
button, .button { display: inline-block; margin-top: 1.5rem; padding: .625rem 1.25rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .375rem; text-decoration: none; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .375rem .5rem; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
[role=alert] { color: var(--bad); font-weight: 600; }
.hint { margin: .25rem 0 0; font-size: .875rem; }
`
