import { createHmac } from 'node:crypto'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { aBrowser, hiddenFields, type Browser } from '../../support/a-browser.ts'
import { canvasContent, canvasForm, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { makeUser, password } from '../../support/an-access-hub.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { signHubspotV3, type SignedMessage } from '../../support/signed-webhooks.ts'
import { known, secrets, type AuditedWorkspace, type MountedRoute } from './an-audited-hub.ts'
import { idOf, type AuditedHub, type Entries } from './audited-call.ts'

/** What only shows something, or passes on: nobody's access, nobody's data and no standing order changes by it. */
const nothing: Entries = { acts: [], actor: /^$/, object: '' }

const byItself = (name: string, ...acts: readonly string[]): Entries => ({
  actor: new RegExp(`^user:${name}$`),
  object: `user/${name}`,
  ...(acts.length > 0 && { acts }),
})

const pathOf = (address: string | undefined): string => {
  const { pathname, search } = new URL(address ?? '', 'http://localhost')
  return pathname + search
}

/** Pages and measures that everybody of the hub may look at, and what browsers of other sites ask first. */
export async function driveWhatShows(log: AuditedHub, mounted: readonly MountedRoute[]): Promise<void> {
  const shown = mounted.filter(
    ({ method, path }) =>
      method === 'OPTIONS' || /^\/(?:livez|readyz|startupz|metrics|reference|sign-in$)/.test(path),
  )
  for (const { method, path } of shown.filter((route) => route.method !== 'POST'))
    await log.watch(`${method} ${path}`, nothing, () =>
      log.hub.call(path.replace('{key}', 'k'), { method, headers: { origin: 'https://shop.example' } }),
    )
}

/** A person's way in, through their account, and out. */
export async function driveOwnPages(log: AuditedHub): Promise<void> {
  const { hub } = log
  await makeUser(hub.hub.control, systemClock, 'Carl', 'admin')
  const browser = aBrowser(hub.url)
  await log.watch('POST /sign-in', byItself('Carl'), () =>
    browser.fill('/sign-in', '/sign-in', { name: 'Carl', password }),
  )
  for (const path of ['/', '/account', '/prove', '/prove/oidc'])
    await log.watch(`GET ${path}`, nothing, () => browser.get(path))
  await log.watch('POST /prove', byItself('Carl', 'session_ended', 'session_started'), () =>
    browser.fill('/prove', '/prove', { password }),
  )
  await driveOwnAccount(log, browser)
  const change = { current: password, password: 'another horse battery' }
  await log.watch('POST /account/password', byItself('Carl', 'password_changed', 'session_started'), () =>
    browser.fill('/account', '/account/password', change),
  )
  await log.watch('POST /sign-out', byItself('Carl'), () => browser.fill('/account', '/sign-out', {}))
}

/** The other session of the person, and a key of theirs. */
async function driveOwnAccount(log: AuditedHub, browser: Browser): Promise<void> {
  const other = aBrowser(log.hub.url, 'Mozilla/5.0 (X11; Linux) Firefox/145.0')
  await other.fill('/sign-in', '/sign-in', { name: 'Carl', password })
  const key = { name: 'of Carl', scopes: ['runs:read'] }
  const { csrf_token: csrf = '' } = hiddenFields((await browser.get('/account')).text)
  await browser.send('POST', '/v1/api-keys', key, { 'x-csrf-token': csrf, 'idempotency-key': 'of-carl-1' })
  const page = (await browser.get('/account')).text
  for (const [part, entries] of [
    ['sessions', byItself('Carl')],
    ['keys', { ...byItself('Carl'), object: 'api_key/of Carl' }],
  ] as const) {
    const [, path = ''] = new RegExp(`action="(/account/${part}/[^"]+)"`).exec(page) ?? []
    await log.watch(`POST /account/${part}/{id}/end`, entries, () => browser.post(path, { csrf_token: csrf }))
  }
}

/** The one-time link, and the identity provider: twice, for the first sign-in makes the person. */
export async function driveWaysIn(log: AuditedHub, { provider }: AuditedWorkspace): Promise<void> {
  const { hub } = log
  const link = await log.send({ name: 'users.admin_link' })
  const path = /"path":"([^"]+)"/.exec(link.text)?.[1] ?? ''
  const browser = aBrowser(hub.url)
  await log.watch('GET /join/{token}', nothing, () => browser.get(path))
  await log.watch('POST /join/{token}', byItself('Dora', 'access_link_used', 'session_started'), () =>
    browser.fill(path, path, { name: 'Dora', password, again: password }),
  )
  provider.person = { sub: 'e-1', name: 'Eva', email: 'eva@example.com', email_verified: true }
  const joined = { actor: /^(?:hub|user:Eva)$/, object: 'user/Eva', acts: ['user_joined', 'session_started'] }
  for (const entries of [joined, byItself('Eva')]) {
    const away = aBrowser(hub.url)
    const begun = await log.watch('GET /sign-in/oidc', nothing, () => away.get('/sign-in/oidc'))
    const back = await httpRequest(begun.headers.location ?? '')
    await log.watch('GET /sign-in/callback', entries, () => away.get(pathOf(back.headers.location)))
  }
}

/** A link that leads to a platform, and the way back. */
export async function driveInstall(log: AuditedHub): Promise<void> {
  const { hub } = log
  const object = 'connection/app'
  const begun = await log.drive({ name: 'authorizations.begin', params: { connection: 'app' }, object })
  const path = pathOf(/"url":"([^"]+)"/.exec(begun.text)?.[1])
  const browser = aBrowser(hub.url)
  await log.watch('GET /install/{token}', nothing, () => browser.get(path))
  // The link was noted when it was made; what came of it is noted when the platform sends the browser back.
  const left = await log.watch('POST /install/{token}', nothing, () => browser.fill(path, path, {}))
  const back = await httpRequest(String(left.headers['refresh']).replace('0; url=', ''))
  await log.watch('GET /oauth/{connector}/callback', { actor: /^cli:/, object }, () =>
    browser.get(pathOf(back.headers.location)),
  )
}

const toViewerOf = (connection: string): Entries => ({
  actor: new RegExp(`^${connection}:`),
  object: /^profile\/p_/,
})

/** Pages and cards about a person, within platforms. */
export async function drivePeopleShown(log: AuditedHub): Promise<void> {
  const { hub } = log
  const at = systemClock.now()
  const path = `/cards/hubspot/crm/person?portalId=4242424&userId=77&objectId=${known.contact}`
  const signature = createHmac('sha256', secrets.crm).update(`GET${hub.url}${path}${at}`).digest('base64')
  const signed = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(at) }
  const card = '/cards/{platform}/{connection}/person'
  await log.watch(`GET ${card}`, toViewerOf('crm'), () =>
    httpRequest(`${hub.url}${path}`, { headers: signed }),
  )
  await log.watch(`POST ${card}`, toViewerOf('crm'), () => post(log, hubspotMessage(log, path, '')))
  const envelope = signEnvelope(canvasContent(at, { recordId: known.salesforceContact }), secrets.org)
  await log.watch('POST /canvas/{connection}', toViewerOf('org'), () =>
    post(log, canvasForm('/canvas/org', envelope)),
  )
}

/**
 * What platforms and clients push. It is kept as it came and told of nobody: what it brings about has entries of its own, when it is followed
 * (an erasure: `people.take_up_wanted`).
 */
export async function driveWhatIsPushed(log: AuditedHub, mounted: readonly MountedRoute[]): Promise<void> {
  const { control } = log.hub.hub
  const told = {
    eventId: 1,
    subscriptionId: 7,
    portalId: 4242424,
    occurredAt: systemClock.now(),
    subscriptionType: 'object.privacyDeletion',
    objectTypeId: '0-1',
    objectId: 424_242,
  }
  await log.watch('POST /webhooks/{connection}/{webhook}', nothing, () =>
    post(log, hubspotMessage(log, '/webhooks/crm/events', JSON.stringify([told]))),
  )
  const [waiting] = await control.waitingSignals(1)
  const code = waiting ? control.codeOf(waiting) : ''
  await log.watch('GET /requests/{code}', nothing, () => log.hub.call(`/requests/${code}`))
  const made = await log.send({ name: 'keys.make', body: { source: 'pushing' } })
  const key = /"key":"([^"]+)"/.exec(made.text)?.[1] ?? idOf(made)
  const events = mounted.filter(
    ({ method, path }) =>
      method === 'POST' && mounted.some((one) => one.method === 'OPTIONS' && one.path === path),
  )
  for (const { path } of events) await log.watch(`POST ${path}`, nothing, () => pushEvent(log, path, key))
  await log.watch('GET /v1/projects/{key}/settings', nothing, () =>
    log.hub.call(`/v1/projects/${key}/settings`),
  )
}

const hubspotMessage = ({ hub }: AuditedHub, path: string, body: string): SignedMessage =>
  signHubspotV3({ publicUrl: hub.url, path, body, secret: secrets.crm }, systemClock.now())

const post = ({ hub }: AuditedHub, { path, headers, body }: SignedMessage): Promise<HttpAnswer> =>
  httpRequest(`${hub.url}${path}`, { method: 'POST', headers, body })

function pushEvent({ hub }: AuditedHub, path: string, key: string): Promise<HttpAnswer> {
  const event = { type: 'track', userId: 'u', event: 'Seen', messageId: `m-${path}`, previousId: 'v' }
  return httpRequest(`${hub.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    },
    body: JSON.stringify({ ...event, batch: [event] }),
  })
}
