import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ServingHub } from './a-marked-hub.ts'
import { markedPerson, markedSecret } from './marks.ts'
import { emailOf, json, posted, type Captured } from './planting.ts'

/** Requests of people and programs to the API: right ones, wrong ones, and such as nobody foresaw. */
export async function useApi(hub: ServingHub, captured: Captured, folder: string): Promise<void> {
  const made = await hub.ask(
    '/v1/api-keys',
    posted({ name: 'nightly', scopes: ['runs:read', 'people:read_masked', 'operation:read'], days: 30 }),
  )
  const key = (made.json as { key: string }).key
  captured.set(key, 'API key')
  const invited = await hub.ask('/v1/users', posted({ name: 'Grace', role: 'viewer' }))
  const { link } = invited.json as { link?: { path: string } }
  if (!link) throw new Error(invited.text)
  captured.set(link.path.split('/').pop() ?? '', 'link for a user')
  await hub.ask('/v1/segments/dinner/picks', posted({ person: emailOf(32), action: 'picked' }))
  await hub.ask('/v1/segments/dinner/picks', posted({ person: emailOf(2), action: 'picked' }))
  for (const person of [emailOf(3), emailOf(33)])
    await hub.ask(
      '/v1/consents',
      posted({
        person,
        purpose: 'newsletter',
        channel: 'email',
        status: 'granted',
        note: `told by ${emailOf(33)}`,
        wording: emailOf(33),
      }),
    )
  await hub.ask(
    '/v1/consents',
    posted({ person: emailOf(3), purpose: emailOf(33), channel: 'email', status: 'granted' }),
  )
  await hub.ask('/v1/suppression', posted({ identifiers: [emailOf(34)], reason: 'asked by letter' }))
  await hub.ask(
    '/v1/people/rectify',
    posted({ person: emailOf(1), trait: 'last_name', value: markedPerson(35).lastName }),
  )
  await hub.ask('/v1/people/rectify', posted({ person: emailOf(1), trait: 'visits', value: emailOf(35) }))
  await hub.ask('/v1/people/restrict', posted({ person: emailOf(4) }))
  await hub.ask('/v1/people/export', posted({ person: emailOf(5) }))
  await hub.ask('/v1/explanations', posted({ person: emailOf(5), target: 'everyone' }))
  await hub.ask('/v1/profiles/find', posted({ person: emailOf(36) }))
  await hub.ask('/v1/people/erase/preview', posted({ person: emailOf(6) }))
  await hub.ask('/v1/people/erase', posted({ person: emailOf(6) }))
  await hub.ask('/v1/plans', posted({}))
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
  await hub.ask('/v1/hub/backups', posted({ folder: join(folder, 'served-backup'), with_key: true }))
}

async function failRequests(hub: ServingHub): Promise<void> {
  const french = { 'accept-language': 'fr' }
  const wrong = [
    ['/v1/runs', { headers: { authorization: `Bearer ${markedSecret(24)}` } }],
    [`/v1/nowhere/${emailOf(38)}?token=${markedSecret(25)}`, { headers: french }],
    [`/v1/runs?limit=${markedSecret(25)}&cursor=${emailOf(38)}`, {}],
    [
      '/v1/profiles/find',
      { method: 'POST', headers: json, body: `{"person": "${emailOf(37)}", "x": "${markedSecret(27)}"` },
    ],
    [
      '/v1/profiles/find',
      {
        ...posted({ person: emailOf(37), [emailOf(37)]: markedSecret(27), token: markedSecret(27) }),
        headers: { ...json, ...french },
      },
    ],
    ['/v1/people/erase', { ...posted({ person: { email: emailOf(37) } }) }],
    ['/v1/segments/check', posted({ text: `trait email = "${emailOf(37)}" and ${markedSecret(27)}` })],
    ['/v1/segments/preview', posted({ rule: { trait: emailOf(37), op: markedSecret(27, 12) } })],
    [
      '/v1/runs',
      { ...posted({ syncs: [markedSecret(35)] }), headers: { ...json, 'idempotency-key': markedSecret(35) } },
    ],
    [
      '/v1/runs',
      {
        headers: {
          cookie: `affluent-session=${markedSecret(26)}; x=${emailOf(40)}`,
          'user-agent': `${emailOf(40)} ${markedSecret(40)}`,
          'accept-language': emailOf(40),
          traceparent: markedSecret(40),
          'x-forwarded-for': emailOf(40),
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
  const begun = await hub.ask('/v1/runs', posted({}))
  const { id } = begun.json as { id: string }
  // Ends when the operation does.
  await hub.ask(`/v1/operations/${id}/events`, {}, 'GET /v1/operations/{id}/events')
  await hub.ask(`/v1/operations/${id}`, {}, 'GET /v1/operations/{id}')
}

/** Faults that nobody foresaw, with somebody's data in their texts. */
export async function breakStore(hub: ServingHub, folder: string): Promise<void> {
  const control = new DatabaseSync(join(folder, '.affluent', 'control.sqlite'))
  // Put together when it is raised: it must not stand in the store by itself.
  const fault = `${emailOf(12)} ${markedSecret(45)}`
    .split('')
    .map((letter) => `'${letter}'`)
    .join(' || ')
  for (const table of ['user_account', 'api_key'])
    control.exec(
      `CREATE TRIGGER leak_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, ${fault}); END`,
    )
  await hub.ask('/v1/users', posted({ name: 'Eve', role: 'viewer' }), 'POST /v1/users (fault)')
  await hub.ask(
    '/v1/users',
    {
      ...posted({ name: 'Eve', role: 'viewer' }),
      headers: { ...json, 'accept-language': 'fr', 'idempotency-key': 'again' },
    },
    'POST /v1/users (fault)',
  )
  await hub.ask(
    '/v1/api-keys',
    posted({ name: 'other', scopes: ['runs:read'], days: 1 }),
    'POST /v1/api-keys (fault)',
  )
  control.close()
}
