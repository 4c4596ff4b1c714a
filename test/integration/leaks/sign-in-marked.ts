import { aBrowser } from '../../support/a-browser.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { tell, type CommandWorld, type ServingHub } from './a-marked-hub.ts'
import { awkwardSecret, markedSecret } from './marks.ts'
import type { Captured } from './planting.ts'

/** The first administrator joins by the link that `serve` printed, fails to sign in, and does. */
export async function signInMarked(
  hub: ServingHub,
  told: CommandWorld['told'],
  captured: Captured,
): Promise<void> {
  const browser = aBrowser(hub.url)
  const keep = (place: string, answer: HttpAnswer): HttpAnswer => {
    tell(told, `page ${place}`, `${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text}`)
    for (const [name, value] of browser.cookies) captured.set(value, `cookie ${name} of ${place}`)
    return answer
  }
  const token = await hub.seen(/\/join\/([\w-]+)/)
  captured.set(token, 'first link')
  const password = awkwardSecret(22)
  const chosen = { name: 'Ada', password, again: password }
  keep(
    'POST /join (short)',
    await browser.fill(`/join/${token}`, `/join/${token}`, { ...chosen, password: 'x', again: 'x' }),
  )
  keep('POST /join', await browser.fill(`/join/${token}`, `/join/${token}`, chosen))
  keep('GET /account', await browser.get('/account'))
  keep('POST /sign-out', await browser.fill('/account', '/sign-out', {}))
  for (const language of ['en', 'fr'])
    keep(
      `POST /sign-in (wrong, ${language})`,
      await browser.fill('/sign-in', '/sign-in', { name: 'Ada', password: markedSecret(23) }),
    )
  keep('POST /sign-in', await browser.fill('/sign-in', '/sign-in', { name: 'Ada', password }))
  keep(
    'POST /account/password (wrong)',
    await browser.fill('/account', '/account/password', {
      old: markedSecret(23),
      password: markedSecret(23),
      again: '',
    }),
  )
  keep('GET /join (guessed)', await browser.get(`/join/${markedSecret(37)}`))
  keep('GET /install (guessed)', await browser.get(`/install/${markedSecret(41)}`))
  keep(
    'GET /oauth (guessed)',
    await browser.get(`/oauth/hubspot/callback?code=${markedSecret(38)}&state=${markedSecret(38)}`),
  )
  keep(
    'GET /sign-in/callback (guessed)',
    await browser.get(`/sign-in/callback?code=${markedSecret(38)}&state=${markedSecret(38)}`),
  )
  await signInElsewhere(hub, keep, captured)
  await authorize(hub, keep, captured)
}

type Keep = (place: string, answer: HttpAnswer) => HttpAnswer

async function signInElsewhere(hub: ServingHub, keep: Keep, captured: Captured): Promise<void> {
  const visitor = aBrowser(hub.url)
  const away = keep('GET /sign-in/oidc', await visitor.get('/sign-in/oidc'))
  const back = new URL(String((await httpRequest(String(away.headers.location))).headers.location))
  captured.set(back.searchParams.get('state') ?? '', 'state of single sign-on')
  captured.set(back.searchParams.get('code') ?? '', 'code of single sign-on')
  captured.set(
    new URL(String(away.headers.location)).searchParams.get('nonce') ?? '',
    'nonce of single sign-on',
  )
  keep('GET /sign-in/callback', await visitor.get(`${back.pathname}${back.search}`))
  keep('GET /sign-in/callback (again)', await visitor.get(`${back.pathname}${back.search}`))
  for (const [name, value] of visitor.cookies) captured.set(value, `cookie ${name} of single sign-on`)
}

/** Authorises the app in the browser: first with a code that is not worth anything, then rightly. */
async function authorize(hub: ServingHub, keep: Keep, captured: Captured): Promise<void> {
  for (const isRight of [false, true]) {
    const asked = await hub.ask('/v1/connections/app/authorization', { method: 'POST' })
    const { url } = asked.json as { url?: string }
    if (url === undefined) throw new Error(asked.text)
    captured.set(url.split('/').pop() ?? '', 'link of an installation')
    const browser = aBrowser(hub.url)
    const { pathname } = new URL(url)
    const away = keep('POST /install', await browser.fill(pathname, pathname, {}))
    for (const [name, value] of browser.cookies) captured.set(value, `cookie ${name} of an installation`)
    const back = new URL(
      String((await httpRequest(String(away.headers['refresh']).replace('0; url=', ''))).headers.location),
    )
    captured.set(back.searchParams.get('state') ?? '', 'state of an installation')
    if (!isRight) back.searchParams.set('code', markedSecret(43))
    captured.set(back.searchParams.get('code') ?? '', 'code of an installation')
    keep(
      `GET /oauth (${isRight ? 'right' : 'wrong'} code)`,
      await browser.get(`${back.pathname}${back.search}`),
    )
  }
}
