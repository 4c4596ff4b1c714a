import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeBrowser } from '../../../hub-server/access/describe-browser.ts'

/** As browsers of 2026 send them. */
const known: Readonly<Record<string, string>> = {
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0': 'Firefox, Linux',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36':
    'Chrome, Windows',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0':
    'Edge, Windows',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15':
    'Safari, macOS',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1':
    'Chrome, iOS',
  'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36':
    'Samsung Internet, Android',
  'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/125.0':
    'Opera, ChromeOS',
  'curl/8.9.1': '',
  '': '',
}

describe('describeBrowser', () => {
  it.each(Object.entries(known))('knows %s', (header, name) => {
    expect(describeBrowser(header)).toBe(name)
  })

  it('says nothing that a caller wrote', () => {
    const names = /^(?:[A-Z][\w ]+)?(?:, )?(?:[A-Za-z]+)?$/
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('Firefox/', 'Edg/1 <b>', 'Version/1 Safari/'),
        (text, mark) => {
          const told = describeBrowser(`${text} ${mark}${text}`)
          expect(told).toMatch(names)
          expect(told.length).toBeLessThan(30)
        },
      ),
    )
  })
})
