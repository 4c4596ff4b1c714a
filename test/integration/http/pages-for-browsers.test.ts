/** Whoever opens an address of the hub in a browser gets a page to read; programs get problem documents. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCredentials } from '../../../hub-server/http/credentials.ts'
import { createReferenceMount } from '../../../hub-server/http/reference-page.ts'
import { aBrowser } from '../../support/a-browser.ts'
import { anAccessHub, localToken, password, type AccessHub } from '../../support/an-access-hub.ts'

/** As Chromium and Firefox ask for a page. */
const forPage = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' }

let hub: AccessHub
beforeAll(async () => {
  const gate = {
    authenticate: (request: Parameters<typeof readCredentials>[0]) =>
      hub.access.authenticator.authenticate(readCredentials(request)),
  }
  hub = await anAccessHub({ app: { beside: [createReferenceMount(gate)] } })
  await hub.user('Ada', 'admin')
})
afterAll(() => hub.close())

describe('an address that is none', () => {
  it('is a page for a browser, in its language', async () => {
    const headers = { ...forPage, 'accept-language': 'fr-FR,fr;q=0.9,en;q=0.8' }
    const answer = await hub.call('/nothing', { headers })
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(answer.text).toContain('<h1>Il n’y a pas de page à cette adresse</h1>')
    expect(answer.headers.vary).toContain('Accept')
  })

  it.each([{}, { accept: '*/*' }, { accept: 'application/json' }])(
    'is a problem document for %o',
    async (headers) => {
      const answer = await hub.call('/nothing', { headers })
      expect([answer.status, answer.headers['content-type']]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ])
    },
  )

  it('with another method is a page, too, and names the methods that there are', async () => {
    const headers = { ...forPage, authorization: `Bearer ${localToken}` }
    const answer = await hub.call('/reference', { method: 'DELETE', headers })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET'])
    expect(answer.text).toContain('<h1>There is no page at this address</h1>')
  })
})

describe('the bare address of the hub', () => {
  it('leads to the account of who is signed in', async () => {
    const answer = await hub.call('/', { headers: forPage })
    expect([answer.status, answer.headers.location]).toEqual([303, '/account'])
  })
})

describe('a page that needs somebody', () => {
  it('leads over the sign-in page, and back to itself', async () => {
    const browser = aBrowser(hub.server.url)
    const away = await browser.get('/reference', forPage)
    expect([away.status, away.headers.location]).toEqual([303, '/sign-in?return_to=%2Freference'])
    const back = await browser.fill(String(away.headers.location), '/sign-in', { name: 'Ada', password })
    expect(back.headers.location).toBe('/reference')
    expect((await browser.get('/reference', forPage)).text).toContain('id="keys.revoke"')
  })

  it('is refused to programs without proof', async () => {
    expect((await hub.call('/reference')).status).toBe(401)
  })
})
