import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { aBrowser } from '../../support/a-browser.ts'
import { canvasContent, canvasForm, canvasOrg, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { outboundPost, outboundXml } from '../../support/an-outbound-message.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { signHubspotV3 } from '../../support/signed-webhooks.ts'
import { command, tell, type CommandWorld, type ServingHub } from './a-marked-hub.ts'
import { planted } from './a-marked-workspace.ts'
import { awkwardSecret, markedPerson, markedSecret } from './marks.ts'

/** A secret that the hub or a platform made, and what it is. */
export type Captured = Map<string, string>

/** Numbers of the secrets that are pasted, guessed or typed wrongly in here. */
export const pastedSecrets = Array.from({ length: 24 }, (_, at) => 22 + at)

const json = { 'content-type': 'application/json' }
const body = (value: unknown) => ({ method: 'POST', headers: json, body: JSON.stringify(value) })
const email = (number: number): string => markedPerson(number).email

/** Commands that fail over what somebody pasted where it does not belong. */
export async function failOverManifests({ folder, env, told }: CommandWorld): Promise<void> {
  const manifest = { kind: 'connection', version: 1, name: 'crm', connector: 'hubspot' }
  const broken: Record<string, string> = {
    syntax: `{"kind": "connection", "config": {"access_token": "${markedSecret(30)}" "x"}}`,
    unknown: JSON.stringify({
      ...manifest,
      config: { acces_token: markedSecret(31), base_url: markedSecret(31) },
    }),
    plain: JSON.stringify({
      ...manifest,
      config: { access_token: markedSecret(32), portal_id: markedSecret(32) },
    }),
    partial: JSON.stringify({
      ...manifest,
      config: {
        access_token: `\${env:NOT_SET:-${markedSecret(42)}} x`,
        client_id: `\${env:${markedSecret(42, 14)}`,
      },
    }),
    person: JSON.stringify({
      kind: 'segment',
      version: 1,
      name: 'who',
      rule: { trait: 'email', op: 'equals', value: email(36), title: email(36) },
    }),
  }
  const side = `${folder}-broken`
  await mkdir(join(side, 'manifests'), { recursive: true })
  for (const [name, text] of Object.entries(broken))
    await writeFile(join(side, 'manifests', `${name}.json`), text)
  const beside = { folder: side, env, told }
  await command(beside, ['validate'], { place: 'validate (broken)' })
  await command(beside, ['plan', '--json', '--lang', 'fr'], { place: 'plan (broken)' })
  const world = { folder, told, env: { ...env, AFFLUENT_PORT: markedSecret(33) } }
  await command(world, ['status'])
  await command({ ...world, env: { ...env, AFFLUENT_SECRET_KEY: markedSecret(33) } }, ['status', '--json'])
  await command({ folder, told, env }, ['serve', '--port', markedSecret(34), '--lang', 'fr'], {
    place: 'serve x',
  })
}

/** The first administrator joins by the link that `serve` printed, fails to sign in, and does. */
export async function signIn(hub: ServingHub, told: CommandWorld['told'], captured: Captured): Promise<void> {
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
    const away = keep('GET /install', await browser.get(new URL(url).pathname))
    for (const [name, value] of browser.cookies) captured.set(value, `cookie ${name} of an installation`)
    const back = new URL(String((await httpRequest(String(away.headers.location))).headers.location))
    captured.set(back.searchParams.get('state') ?? '', 'state of an installation')
    if (!isRight) back.searchParams.set('code', markedSecret(43))
    captured.set(back.searchParams.get('code') ?? '', 'code of an installation')
    keep(
      `GET /oauth (${isRight ? 'right' : 'wrong'} code)`,
      await browser.get(`${back.pathname}${back.search}`),
    )
  }
}

/** What platforms and clients push, rightly, wrongly and malformed. */
export async function push(
  hub: ServingHub,
  captured: Captured,
  { told, ...world }: CommandWorld,
): Promise<void> {
  const created = await command({ ...world, told }, ['keys', 'create', '--write', 'website', '--json'])
  const key = (JSON.parse(created.out) as { key?: string; write_key?: string }).key ?? ''
  captured.set(key, 'write key')
  const basic = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:`).toString('base64')}` })
  const send = (path: string, value: unknown, headers: Record<string, string> = basic(key)) =>
    hub.ask(path, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: typeof value === 'string' ? value : JSON.stringify(value),
    })
  for (const number of [27, 28, 29, 30, 31])
    await send('/v1/identify', {
      userId: markedPerson(number).id,
      messageId: `m-${number}`,
      traits: { email: email(number), first_name: markedPerson(number).firstName },
    })
  await send('/v1/track', `{"userId": "${email(39)}", "event": `)
  await send('/v1/track', {
    userId: email(39),
    event: { no: email(39) },
    timestamp: email(39),
    messageId: 'm-x',
  })
  await send('/v1/identify', { userId: email(39) }, basic(markedSecret(29)))
  const event = {
    eventId: 1,
    subscriptionId: 7,
    portalId: 4242424,
    occurredAt: Date.now(),
    objectTypeId: '0-1',
    objectId: 101,
    subscriptionType: 'object.propertyChange',
    propertyName: 'email',
    propertyValue: email(23),
  }
  const hook = (told: unknown, secret: string = planted.CRM_SECRET) =>
    signHubspotV3(
      { publicUrl: hub.url, path: '/webhooks/crm/events', body: JSON.stringify(told), secret },
      Date.now(),
    )
  const deletion = {
    ...event,
    eventId: 2,
    subscriptionType: 'object.deletion',
    objectId: 108,
    changeSource: email(24),
  }
  for (const message of [
    hook([event]),
    hook([deletion]),
    hook([deletion]),
    hook({ not: email(24) }),
    hook([event], markedSecret(28)),
  ])
    await hub.ask(message.path, {
      method: 'POST',
      headers: { ...message.headers, 'x-hubspot-signature': markedSecret(28) },
      body: message.body,
    })
  const wish = {
    orgId: canvasOrg.orgId,
    notifications: [
      {
        id: '04l5g000000ABCDAA4',
        object: 'Contact',
        recordId: '0035g000001ABCDAA4',
        fields: `<sf:Email>${email(25)}</sf:Email>`,
      },
    ],
  }
  for (const outbound of [planted.ORG_OUTBOUND, markedSecret(44, 40)]) {
    const message = outboundPost('org', outbound, outboundXml(wish))
    await hub.ask(
      message.path,
      { method: 'POST', headers: message.headers, body: message.body },
      'POST /webhooks/org',
    )
  }
  const content = canvasContent(Date.now(), { recordId: '0035g000001ABCDAA4' })
  const client = {
    ...(content['client'] as object),
    oauthToken: markedSecret(36, 60),
    refreshToken: markedSecret(36, 60),
  }
  for (const secret of [planted.ORG_SECRET, planted.ORG_OLD_SECRET, markedSecret(44)]) {
    const page = canvasForm(
      '/canvas/org',
      signEnvelope(
        { ...content, client, context: { ...(content['context'] as object), email: email(26) } },
        secret,
      ),
    )
    await hub.ask(page.path, { method: 'POST', headers: page.headers, body: page.body })
  }
}

/** Requests of people and programs to the API: right ones, wrong ones, and such as nobody foresaw. */
export async function useApi(hub: ServingHub, captured: Captured, folder: string): Promise<void> {
  const made = await hub.ask(
    '/v1/api-keys',
    body({ name: 'nightly', scopes: ['runs:read', 'people:read_masked', 'operation:read'], days: 30 }),
  )
  const key = (made.json as { key: string }).key
  captured.set(key, 'API key')
  const invited = await hub.ask('/v1/users', body({ name: 'Grace', role: 'viewer' }))
  const { link } = invited.json as { link?: { path: string } }
  if (!link) throw new Error(invited.text)
  captured.set(link.path.split('/').pop() ?? '', 'link for a user')
  await hub.ask('/v1/segments/dinner/picks', body({ person: email(32), action: 'picked' }))
  await hub.ask('/v1/segments/dinner/picks', body({ person: email(2), action: 'picked' }))
  for (const person of [email(3), email(33)])
    await hub.ask(
      '/v1/consents',
      body({
        person,
        purpose: 'newsletter',
        channel: 'email',
        status: 'granted',
        note: `told by ${email(33)}`,
        wording: email(33),
      }),
    )
  await hub.ask(
    '/v1/consents',
    body({ person: email(3), purpose: email(33), channel: 'email', status: 'granted' }),
  )
  await hub.ask('/v1/suppression', body({ identifiers: [email(34)], reason: 'asked by letter' }))
  await hub.ask(
    '/v1/people/rectify',
    body({ person: email(1), trait: 'last_name', value: markedPerson(35).lastName }),
  )
  await hub.ask('/v1/people/rectify', body({ person: email(1), trait: 'visits', value: email(35) }))
  await hub.ask('/v1/people/restrict', body({ person: email(4) }))
  await hub.ask('/v1/people/export', body({ person: email(5) }))
  await hub.ask('/v1/explanations', body({ person: email(5), target: 'everyone' }))
  await hub.ask('/v1/profiles/find', body({ person: email(36) }))
  await hub.ask('/v1/people/erase/preview', body({ person: email(6) }))
  await hub.ask('/v1/people/erase', body({ person: email(6) }))
  await hub.ask('/v1/plans', body({}))
  const asProgram = { authorization: `Bearer ${key}` }
  for (const path of ['/v1/runs', '/v1/hub/log-level', '/v1/profiles/p_1', '/metrics', '/v1/erasures'])
    await hub.ask(path, { headers: asProgram }, `GET ${path} as a program`)
  for (const path of [
    '/v1/openapi.json',
    '/v1/runs',
    '/v1/status',
    '/v1/connections',
    '/v1/manifests',
    '/v1/manifests/connection/org',
    '/v1/audit/entries',
    '/v1/api-keys',
    '/v1/users',
    '/v1/quarantine',
    '/v1/hub/findings',
    '/v1/secrets/keys',
    '/v1/operations',
    '/v1/suppression',
    '/metrics',
    '/readyz',
    '/livez',
    '/v1/docs',
  ])
    await hub.ask(path)
  await failRequests(hub)
  await hub.ask('/v1/hub/backups', body({ folder: join(folder, 'served-backup'), with_key: true }))
}

async function failRequests(hub: ServingHub): Promise<void> {
  const french = { 'accept-language': 'fr' }
  const wrong = [
    ['/v1/runs', { headers: { authorization: `Bearer ${markedSecret(24)}` } }],
    [`/v1/nowhere/${email(38)}?token=${markedSecret(25)}`, { headers: french }],
    [`/v1/runs?limit=${markedSecret(25)}&cursor=${email(38)}`, {}],
    [
      '/v1/profiles/find',
      { method: 'POST', headers: json, body: `{"person": "${email(37)}", "x": "${markedSecret(27)}"` },
    ],
    [
      '/v1/profiles/find',
      {
        ...body({ person: email(37), [email(37)]: markedSecret(27), token: markedSecret(27) }),
        headers: { ...json, ...french },
      },
    ],
    ['/v1/people/erase', { ...body({ person: { email: email(37) } }) }],
    ['/v1/segments/check', body({ text: `trait email = "${email(37)}" and ${markedSecret(27)}` })],
    ['/v1/segments/preview', body({ rule: { trait: email(37), op: markedSecret(27, 12) } })],
    [
      '/v1/runs',
      { ...body({ syncs: [markedSecret(35)] }), headers: { ...json, 'idempotency-key': markedSecret(35) } },
    ],
    [
      '/v1/runs',
      {
        headers: {
          cookie: `affluent-session=${markedSecret(26)}; x=${email(40)}`,
          'user-agent': `${email(40)} ${markedSecret(40)}`,
          'accept-language': email(40),
          traceparent: markedSecret(40),
          'x-forwarded-for': email(40),
          origin: `https://${markedSecret(40)}.example`,
        },
      },
    ],
  ] as const
  for (const [path, call] of wrong)
    await hub.ask(
      path,
      call,
      `${'method' in call ? call.method : 'GET'} ${path.split(/[?]|\/nowhere/)[0] ?? ''} (wrong)`,
    )
  await hub.ask(
    '/v1/runs',
    { headers: { authorization: `Bearer ${markedSecret(24)}`, ...french } },
    'GET /v1/runs (wrong)',
  )
}

/** A cycle as the API begins it, to its end. */
export async function cycle(hub: ServingHub): Promise<void> {
  const begun = await hub.ask('/v1/runs', body({}))
  const { id } = begun.json as { id: string }
  // Ends when the operation does.
  await hub.ask(`/v1/operations/${id}/events`, {}, 'GET /v1/operations/{id}/events')
  await hub.ask(`/v1/operations/${id}`, {}, 'GET /v1/operations/{id}')
}

/** Faults that nobody foresaw, with somebody's data in their texts. */
export async function breakStore(hub: ServingHub, folder: string): Promise<void> {
  const control = new DatabaseSync(join(folder, '.affluent', 'control.sqlite'))
  // Put together when it is raised: it must not stand in the store by itself.
  const fault = [...`${email(12)} ${markedSecret(45)}`].map((letter) => `'${letter}'`).join(' || ')
  for (const table of ['user_account', 'api_key'])
    control.exec(
      `CREATE TRIGGER leak_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, ${fault}); END`,
    )
  await hub.ask('/v1/users', body({ name: 'Eve', role: 'viewer' }), 'POST /v1/users (fault)')
  await hub.ask(
    '/v1/users',
    {
      ...body({ name: 'Eve', role: 'viewer' }),
      headers: { ...json, 'accept-language': 'fr', 'idempotency-key': 'again' },
    },
    'POST /v1/users (fault)',
  )
  await hub.ask(
    '/v1/api-keys',
    body({ name: 'other', scopes: ['runs:read'], days: 1 }),
    'POST /v1/api-keys (fault)',
  )
  control.close()
}

/** Commands that are the same beside a running hub and without one. */
const either = (out: (name: string) => string): readonly (readonly string[])[] => [
  ['status', '--json', '--lang', 'fr'],
  ['doctor', '--json', '--bundle', out('bundle.tar.gz')],
  ['audit', 'export', '--out', out('audit.jsonl')],
  ['explain', email(2), 'everyone-to-crm'],
  ['export', email(7), '--out', out('export')],
  ['profiles', 'show', email(36), '--json'],
  ['access', 'add', 'Eve', '--verbose'],
  ['apikeys', 'add', 'eve', '--scope', 'runs:read', '--lang', 'fr', '--json', '--verbose'],
  ['profiles', 'show', markedSecret(34), '--wrong', markedSecret(34)],
  ['backup', out('backup')],
]

const besideOnly: readonly (readonly string[])[] = [
  ['status'],
  ['connections', 'list'],
  ['connections', 'test', '--lang', 'fr'],
  ['audit', 'verify', '--json'],
  ['audit', 'person', email(1)],
  ['explain', email(36), 'nothing', '--json'],
  ['quarantine', 'list'],
  ['quarantine', 'replay'],
  ['access', 'list'],
  ['apikeys', 'list', '--json'],
  ['keys', 'list'],
  ['secrets', 'list'],
  ['suppress', 'list'],
  ['segments', 'preview', 'everyone'],
]

/** Commands as people type them, beside the hub or without it. */
export async function useCommands(world: CommandWorld, round: 'beside' | 'alone'): Promise<void> {
  const out = (name: string): string => join(world.folder, `${round}-${name}`)
  const own = round === 'beside' ? besideOnly : [['plan', '--out', out('plan.json')]]
  for (const words of [...own, ...either(out)])
    await command(world, words, { place: words.filter((word) => !/[/@]|QxLeak/.test(word)).join(' ') })
}
