import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { html, renderPage } from '../../../hub-server/http/page.ts'
import { reportFigure } from '../../support/report-figure.ts'

/** What people put into names so that a page of somebody else runs it. */
const seeds: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  '</title><script>alert(1)</script>',
  '</textarea><iframe src="javascript:alert(1)">',
  '<!--<script>-->alert(1)',
  '` onmouseover=alert(1) x=`',
  '" autofocus onfocus=alert(1) x="',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<a href="javascript:alert(1)">x</a>',
  '<style>@import "//evil"</style>',
  '<base href="//evil">',
  '<meta http-equiv="refresh" content="0;url=//evil">',
  '\u2028<script>alert(1)</script>',
  '<scr\u0000ipt>alert(1)</scr\u0000ipt>',
]
const payload = fc
  .tuple(fc.constantFrom(...seeds), fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }))
  .map(([seed, before, after]) => before + seed + after)

/** A page shows texts, attributes and lists; a person's own words may stand in each. */
const pageWith = (text: string): string =>
  renderPage({
    title: text,
    language: 'en',
    body: html`<h1>${text}</h1>
      <input value="${text}" />
      <ul>
        ${[text, text].map((each) => html`<li>${each}</li>`)}
      </ul>`,
  }).text

/** The tags of a document, without their attributes' values. */
const tagsOf = (text: string): string[] =>
  [...text.matchAll(/<\/?([a-z!][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)/gi)].map(
    ([, name = '', attributes = '']) => name + attributes.replace(/="[^"]*"/g, ''),
  )

describe('pages of the hub', () => {
  it('X34: hold the same tags whatever a name says, and let only their own script run', (context) => {
    const plain = tagsOf(pageWith('Ada'))
    const payloads = fc.sample(payload, { numRuns: 300, seed: 34 })
    const broken = payloads.filter((text) => JSON.stringify(tagsOf(pageWith(text))) !== JSON.stringify(plain))
    reportFigure(context, {
      check: 'X34',
      claim: 'texts of people that became markup in a page',
      value: broken.length,
      of: payloads.length,
      target: '0',
      seed: 34,
    })
    expect(broken).toEqual([])
    const { headers } = renderPage({ title: 'x', language: 'en', body: html`` })
    const policy = headers['Content-Security-Policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe-(?:inline|eval)/)
  })
})
