import { describe, expect, it } from 'vitest'
import { html, renderPage } from '../../../hub-server/http/page.ts'

const hostile = `<script>alert('1')</script>"onload="x\`&`

describe('html', () => {
  it('escapes what stands in text and in attributes', () => {
    const text = html`<p title="${hostile}">${hostile}</p>`.toString()
    expect(text).not.toMatch(/<script|"onload|`/)
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)')
  })

  it('takes pieces as they are, lists of them, and leaves out what is absent', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    const list = html`<ul>
      ${items}${undefined}${null}${false}${0}
    </ul>`
    expect(list.toString().replace(/\s+/g, '')).toBe('<ul><li>a</li><li>&lt;b&gt;</li>0</ul>')
  })
})

const page = (content: { frameAncestors?: string[] } = {}) =>
  renderPage({ title: '</title><script>', language: 'fr', body: html`<h1>x</h1>`, ...content })

describe('renderPage', () => {
  it('lets nothing run, load or frame but its own style', () => {
    const { headers, text } = page()
    const policy = headers['Content-Security-Policy'] ?? ''
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1]
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script-src|unsafe|\*/)
    expect(headers['X-Frame-Options']).toBe('DENY')
    expect(text).toContain(`<style nonce="${nonce}">`)
    expect(text).toContain('&lt;/title&gt;&lt;script&gt;')
  })

  it('lets browsers say where a form comes from, and tells nobody else where they were', () => {
    // "no-referrer" makes browsers post forms with "Origin: null", which the hub refuses.
    expect(page().headers['Referrer-Policy']).toBe('same-origin')
  })

  it('has another nonce each time', () => {
    expect(page().headers['Content-Security-Policy']).not.toBe(page().headers['Content-Security-Policy'])
  })

  it('takes https origins for frames, and nothing that could add to its policy', () => {
    const { headers } = page({ frameAncestors: ['https://acme.my.salesforce.com'] })
    expect(headers['Content-Security-Policy']).toContain('frame-ancestors https://acme.my.salesforce.com')
    expect(headers['X-Frame-Options']).toBeUndefined()
    for (const origin of [
      '*',
      'http://a.example',
      "https://a.example; script-src 'unsafe-inline'",
      'https://a.example/x',
    ])
      expect(() => page({ frameAncestors: [origin] })).toThrow(TypeError)
  })
})
