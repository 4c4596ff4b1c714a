import { randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { aRun } from '../../support/a-run.ts'
import { signIn } from '../../support/a-signed-in-person.ts'
import { makeUser } from '../../support/an-access-hub.ts'
import { idOf, type AuditedHub, type Drive } from './audited-call.ts'

async function filesWith(log: AuditedHub, ...more: readonly object[]): Promise<readonly object[]> {
  const folder = join(log.hub.folder, 'manifests')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const texts = await Promise.all(
    names.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })),
  )
  return [
    ...texts,
    ...more.map((manifest, index) => ({ file: `more-${index}.json`, text: JSON.stringify(manifest) })),
  ]
}

/** So that somebody waits in quarantine, and a manifest is changed rather than made. */
export async function prepare(log: AuditedHub): Promise<void> {
  await log.send(await applying(log, quality, { ...picked, title: 'Before' }))
  await log.send({ name: 'runs.start', body: {} })
}

const picked = { kind: 'segment', version: 1, name: 'guests', members: 'picked' }
const check = { on: 'first_name', check: { pattern: '[A-MO-Z].*' }, action: 'quarantine' }
const quality = {
  kind: 'quality',
  version: 1,
  name: 'contacts',
  connection: 'contacts',
  stream: 'people',
  checks: [check],
}

async function applying(
  log: AuditedHub,
  ...more: readonly object[]
): Promise<Pick<Drive, 'name' | 'body' | 'headers'>> {
  const { digest } = z.looseObject({ digest: z.string() }).parse((await log.hub.call('/v1/manifests')).json)
  return {
    name: 'manifests.apply',
    body: { files: await filesWith(log, ...more) },
    headers: { 'if-match': `"${digest}"` },
  }
}

export async function driveManifestsAndRuns(log: AuditedHub): Promise<void> {
  const digests = ['before', 'digest']
  await log.drive({ ...(await applying(log, quality, picked)), object: 'segment/guests', digests })
  await log.drive({
    name: 'runs.start',
    body: { only: ['pull-contacts'] },
    object: 'sync/pull-contacts',
    acts: ['run_started', 'run_ended'],
  })
  const sync = 'readers-to-platform'
  const fact = { at: 1, actor: 'hub', action: 'run_started', object: `sync/${sync}`, details: {} }
  const [state, planDigest] = ['awaiting_approval', 'abcdef0123456789'] as const
  const run = aRun({ id: 'stopped', sync, state, planDigest, startedBy: 'user:Eve' })
  await log.hub.hub.control.createRun({ ...run, startedAt: systemClock.now() }, fact)
  await log.drive({
    name: 'runs.approve',
    params: { id: 'stopped' },
    body: { digest: planDigest },
    object: `sync/${sync}`,
    digests: ['digest', 'approval'],
  })
}

export async function drivePeople(log: AuditedHub): Promise<void> {
  const person = 'louis.petit@example.org'
  const profile = /^profile\//
  const order = { person, purpose: 'newsletter', channel: 'email', status: 'denied' }
  const rectified = { person, trait: 'country' }
  const calls: readonly Drive[] = [
    {
      name: 'picks.note',
      params: { segment: 'guests' },
      body: { person, action: 'picked' },
      object: profile,
    },
    { name: 'profiles.merge', body: { person, other: 'jane.smith@example.com' }, object: profile },
    { name: 'profiles.unmerge', body: { person, records: ['contacts/people/4'] }, object: profile },
    { name: 'consents.note', body: order, object: /^consent\// },
    {
      name: 'suppression.add',
      body: { identifiers: ['no@example.com'], reason: 'asked' },
      object: 'suppression',
    },
    { name: 'suppression.remove', body: { identifier: 'no@example.com' }, object: 'suppression' },
    { name: 'quarantine.replay', body: { source: 'contacts/people' }, object: 'contacts/people' },
    { name: 'people.rectify', body: { ...rectified, value: 'DE' }, object: profile },
    { name: 'people.lift_rectification', body: rectified, object: profile },
    { name: 'people.restrict', body: { person }, object: profile },
    { name: 'people.lift_restriction', body: { person }, object: profile },
    { name: 'people.export', body: { person }, object: profile },
    {
      name: 'people.erase',
      body: { person: 'oliver.brown@example.net' },
      object: /^erasure\/|^profile\//,
      acts: ['erasure_requested', 'person_erased_here', 'person_erased'],
    },
    { name: 'people.lift_erasure', body: { person: 'oliver.brown@example.net' }, object: 'erasure' },
  ]
  for (const call of calls) await log.drive(call)
}

export async function driveKeysAndHub(log: AuditedHub, backups: string): Promise<void> {
  const key = idOf(await log.drive({ name: 'keys.make', body: { source: 'site' }, object: /^write_key\// }))
  const params = { id: key }
  const body = { overlap_hours: 24 }
  const acts = ['write_key_created', 'write_key_rotated']
  const next = await log.drive({ name: 'keys.rotate', params, body, object: /^write_key\//, acts })
  await log.drive({ name: 'keys.revoke', params: { id: idOf(next) }, object: /^write_key\// })
  await log.drive({ name: 'secrets.rotate', object: /./ })
  await log.drive({
    name: 'hub.backup',
    body: { folder: join(backups, 'one'), with_key: false },
    object: 'workspace',
  })
  await log.drive({ name: 'hub.change_log_level', body: { level: 'warn' }, object: /./, digests: ['former'] })
  const release = Promise.withResolvers<void>()
  const busy = log.hub.current.alone(() => release.promise)
  const begun = await log.hub.call('/v1/runs', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  })
  await log.drive({ name: 'operations.cancel', params: { id: idOf(begun) }, object: /^operation\// })
  release.resolve()
  await busy
  await log.hub.call(`/v1/operations/${idOf(begun)}/events`)
}

export async function driveAccess(log: AuditedHub): Promise<void> {
  const invited = await log.drive({
    name: 'users.invite',
    body: { name: 'Eve', role: 'viewer' },
    object: 'user/Eve',
    acts: ['user_invited', 'access_link_created'],
  })
  const params = { id: idOf(invited) }
  const digests = ['from', 'to']
  await log.drive({ name: 'users.role', params, body: { role: 'auditor' }, object: 'user/Eve', digests })
  await log.drive({ name: 'users.link', params, object: 'user/Eve' })
  await log.drive({ name: 'users.remove', params, object: 'user/Eve' })
  await log.drive({ name: 'users.admin_link', object: 'access/first_admin' })
  const made = await log.drive({
    name: 'api_keys.make',
    body: { name: 'nightly', scopes: ['runs:read'], days: 3 },
    object: 'api_key/nightly',
  })
  await log.drive({ name: 'api_keys.revoke', params: { id: idOf(made) }, object: 'api_key/nightly' })
  for (const name of ['Ada', 'Bob']) await makeUser(log.hub.hub.control, systemClock, name, 'admin')
  const bob = await signIn(log.hub.url, 'Bob')
  await log.send({ name: 'users.invite', body: { name: 'Zoe', role: 'admin' } })
  const [request] = await log.hub.hub.control.approvalRequests({ limit: 50 })
  const body = { digest: request?.digest ?? '', approve: false }
  const decision = { params: { id: request?.id ?? '' }, body, headers: bob }
  await log.drive({ name: 'approvals.decide', ...decision, object: /^user\//, digests: ['digest'] })
  await log.drive({ name: 'session.end', headers: bob, object: 'user/Bob' })
}

/** Matching, and the models of quality. */
export async function driveMatching(log: AuditedHub): Promise<void> {
  await log.drive({ name: 'quality.relearn', object: 'all' })
  await log.drive({ name: 'profiles.match', object: 'identity/people' })
  const { text } = await log.hub.call('/v1/profile-review?limit=1')
  const pair = /"pair":"([\d-]+)"/.exec(text)?.[1] ?? ''
  const body = { verdict: 'split' }
  await log.drive({ name: 'profiles.decide_pair', params: { pair }, body, object: `pair/${pair}` })
}

/** What is done at platforms, and what they told of somebody who wants to be forgotten. */
export async function drivePlatforms(log: AuditedHub): Promise<void> {
  await log.send({ name: 'runs.start', body: {} })
  await log.drive({
    name: 'people.take_up_wanted',
    object: /^erasure\//,
    acts: ['erasure_requested', 'person_erased_here', 'person_erased'],
  })
  await log.drive({
    name: 'connections.run_action',
    params: { connection: 'crm', action: 'provision_properties' },
    body: { input: {} },
    object: 'connection/crm',
  })
  await log.drive({ name: 'authorizations.end', params: { connection: 'app' }, object: 'connection/app' })
}
