import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import type { CheckRule } from '../../../hub-server/manifest/check-segment.ts'
import { ManifestFaults } from '../../../hub-server/manifest/manifest-fault.ts'
import { readWorkspace } from '../../../hub-server/manifest/read-workspace.ts'
import {
  brief,
  connection,
  deliver,
  env,
  faultsOf,
  good,
  mapping,
  noRuleFaults,
  profileSchema,
  pull,
  readFiles,
  segment,
} from '../../support/small-workspace.ts'
import { createWorkspaceFolder, testConnectors } from '../../support/workspace-folder.ts'

const inZone = (zone: string) => ({ from: 't', apply: [{ datetime: { time_zone: zone } }] })

describe('readWorkspace', () => {
  it('reads every file below manifests, objects and lists, and keeps references unresolved', async () => {
    const { workspace, documents } = await readFiles(good)
    expect([...workspace.syncs.keys()].sort()).toEqual(['deliver', 'pull'])
    expect(workspace.connections.get('crm-eu')?.config).toEqual({ token: '${env:CRM_TOKEN}' })
    expect(documents.map(({ kind, name, file }) => `${kind}/${name} ${file}`).sort()).toEqual([
      'connection/crm-eu manifests/connection.json',
      'mapping/crm-contacts manifests/nested/mapping.json',
      'profile_schema/main manifests/schema.json',
      'segment/all-people manifests/rest.json',
      'sync/deliver manifests/rest.json',
      'sync/pull manifests/rest.json',
    ])
    expect(JSON.stringify([workspace, documents])).not.toContain('top-secret-value')
  })

  it('tells all faults of all files at once, in order of file and line, and changes nothing', async () => {
    await using folder = await createWorkspaceFolder({
      ...good,
      'manifests/a.json': '{ "kind": "segment", ',
      'manifests/b.json': { kind: 'segment', version: 1, name: 'b', rule: { trati: 'city', op: 'exists' } },
      'manifests/connection.json': { ...connection, config: { token: '${env:MISSING}', region: 'mars' } },
    })
    const before = await snapshot(folder.path)
    const error = await readWorkspace(folder.path, {
      env,
      connectors: testConnectors,
      checkRule: noRuleFaults,
    }).catch((thrown: unknown) => thrown)
    expect(await snapshot(folder.path)).toEqual(before)
    expect(error).toBeInstanceOf(ManifestFaults)
    if (!(error instanceof ManifestFaults)) return
    expect(error.code).toBe('manifest.invalid')
    expect(error.rule.exit).toBe(78)
    expect(brief(error.faults)).toEqual([
      'manifests/a.json  manifest.not_json',
      'manifests/b.json rule.trati manifest.unknown_key',
      'manifests/connection.json config.token manifest.reference_unresolved',
      'manifests/connection.json config.region manifest.invalid_value',
    ])
  })

  it('says when there is no manifest, and when there is no profile schema', async () => {
    await expect(readFiles({ 'readme.txt': 'x' })).rejects.toMatchObject({ code: 'manifest.none_found' })
    const faults = await faultsOf({ 'manifests/connection.json': connection })
    expect(faults).toMatchObject([{ code: 'manifest.missing_key', params: { key: 'profile_schema' } }])
  })

  it('leaves out schemas and hidden folders', async () => {
    const { documents } = await readFiles({
      ...good,
      'manifests/schemas/manifest.schema.json': { anything: true },
      'manifests/.drafts/x.json': 'not json',
    })
    expect(documents).toHaveLength(6)
  })

  it('follows a link that stays in the workspace and refuses one that leaves it', async () => {
    await using outside = await createWorkspaceFolder({ 'secret.json': segment })
    await using folder = await createWorkspaceFolder(good)
    await mkdir(join(folder.path, 'shared'))
    await writeFile(join(folder.path, 'shared/s.json'), JSON.stringify({ ...segment, name: 'linked' }))
    await symlink(join(folder.path, 'shared/s.json'), join(folder.path, 'manifests/linked.json'))
    const options = { env, connectors: testConnectors, checkRule: noRuleFaults }
    expect((await readWorkspace(folder.path, options)).workspace.segments.has('linked')).toBe(true)
    await symlink(join(outside.path, 'secret.json'), join(folder.path, 'manifests/out.json'))
    await expect(readWorkspace(folder.path, options)).rejects.toMatchObject({
      faults: [
        { file: 'manifests/out.json', code: 'manifest.unreadable', params: { reason: 'outside_workspace' } },
      ],
    })
  })

  it('refuses a file above 1 MiB before it is parsed', async () => {
    const faults = await faultsOf({ ...good, 'manifests/z.json': `"${'x'.repeat(1024 * 1024)}"` })
    expect(faults).toMatchObject([{ code: 'manifest.too_large', params: { limit: 1_048_576 } }])
  })
})

const findCycle: CheckRule = (rule, { name, segments, profileSchema: schema }) => {
  const params = {
    cycle: [...Object.keys(schema.traits), name, ...segments.keys(), JSON.stringify(rule)].join(' '),
  }
  return [{ path: ['all'], code: 'segment.cycle', params }]
}

/** Places of the faults of a sync that is changed so. */
const pathsOf = async (more: object): Promise<string[]> =>
  (await faultsOf({ ...good, 'manifests/live.json': { ...deliver, name: 'live', ...more } })).map(
    ({ path }) => path,
  )

describe('readWorkspace: names and references', () => {
  it('holds names single per kind and points at the first', async () => {
    const faults = await faultsOf({ ...good, 'manifests/z.json': segment })
    expect(faults).toMatchObject([
      {
        file: 'manifests/z.json',
        line: 4,
        code: 'manifest.duplicate_name',
        params: { kind: 'segment', name: 'all-people', first: 'manifests/rest.json:5' },
      },
    ])
  })

  it('allows one profile schema, one mapping of a stream and one sync into an audience', async () => {
    const faults = await faultsOf({
      ...good,
      'manifests/z.json': [
        { ...profileSchema, name: 'second' },
        { ...mapping, name: 'again' },
        { ...deliver, name: 'rival' },
      ],
    })
    expect(faults.map(({ path, params }) => [path, params['kind']])).toEqual(
      [
        ['[0].kind', 'profile_schema'],
        ['[1].stream', 'mapping'],
        ['[2].destination.audience', 'audience'],
      ].map(([path, kind]) => [path?.replace(/^\[\d]\./, ''), kind]),
    )
  })

  it('follows every reference of a mapping', async () => {
    const broken = {
      ...mapping,
      stream: 'contcts',
      identifiers: { emial: { from: 'x' }, email: { from: 'x', country_from: 'c' } },
      traits: { town: { from: 'x' } },
      consents: [
        { purpose: 'marketting', channel: 'email', from: 'x' },
        { purpose: 'marketing', channel: 'mail', from: 'x' },
      ],
      events: [
        { event: 'purchse', person: { email: { from: 'x' } }, time: { from: 't' } },
        {
          event: 'purchase',
          where: [
            { from: 'x', op: 'equals' },
            { from: 'x', op: 'present', value: 'y' },
          ],
          person: {},
          time: { from: 't' },
          properties: { amuont: { from: 'a' } },
        },
      ],
    }
    const faults = await faultsOf({ ...good, 'manifests/nested/mapping.json': broken })
    expect(
      faults.map(({ path, code, params }) => [path, code, params['suggestion'] ?? params['key']]),
    ).toEqual([
      ['stream', 'manifest.unknown_reference', 'contacts'],
      ['identifiers.emial', 'manifest.unknown_reference', 'email'],
      ['identifiers.email.country_from', 'manifest.unknown_key', ''],
      ['traits.town', 'manifest.unknown_reference', ''],
      ['consents[0].purpose', 'manifest.unknown_reference', 'marketing'],
      ['consents[1].channel', 'manifest.unknown_reference', 'email'],
      ['events[0].event', 'manifest.unknown_reference', 'purchase'],
      ['events[1].where[0]', 'manifest.missing_key', 'value'],
      ['events[1].where[1].value', 'manifest.unknown_key', ''],
      ['events[1].person', 'manifest.missing_key', 'identifier'],
      ['events[1].properties.amuont', 'manifest.unknown_reference', 'amount'],
    ])
  })

  it('refuses a time zone that nobody knows, wherever a mapping names one', async () => {
    const broken = {
      ...mapping,
      traits: {},
      events: [
        {
          event: 'purchase',
          person: { email: inZone('Europe/Paris') },
          time: inZone('Europe/Pariss'),
          properties: { amount: inZone('Mars/Olympus') },
        },
      ],
    }
    const faults = await faultsOf({ ...good, 'manifests/nested/mapping.json': broken })
    expect(faults.map(({ path, code, params }) => [path, code, params['found']])).toEqual([
      ['events[0].time.apply[0].datetime.time_zone', 'manifest.invalid_value', 'Europe/Pariss'],
      ['events[0].properties.amount.apply[0].datetime.time_zone', 'manifest.invalid_value', 'Mars/Olympus'],
    ])
  })

  it('follows every reference of a sync and asks the destination what it can do', async () => {
    const syncs = [
      { ...pull, source: { connection: 'crm-us', stream: 'contacts' } },
      {
        ...deliver,
        segment: 'al-people',
        fields: { frist_name: { trait: 'frist_name' }, first_name: { identifier: 'e_mail' } },
        consent: [{ purpose: 'marketing', channel: 'add' }],
      },
      { ...deliver, name: 'two', destination: { ...deliver.destination, kind: 'lists' } },
      {
        ...deliver,
        name: 'three',
        mode: 'mirror',
        destination: { ...deliver.destination, kind: 'log' },
        fields: { anything: { value: 1 } },
      },
    ]
    const faults = await faultsOf({ ...good, 'manifests/rest.json': [segment, ...syncs] })
    expect(
      faults.map(({ path, code, params }) => [path, code, params['suggestion'] ?? params['key']]),
    ).toEqual([
      ['source.connection', 'manifest.unknown_reference', 'crm-eu'],
      ['segment', 'manifest.unknown_reference', 'all-people'],
      ['fields', 'manifest.missing_key', 'email'],
      ['fields.frist_name', 'manifest.unknown_reference', 'first_name'],
      ['fields.frist_name.trait', 'manifest.unknown_reference', 'first_name'],
      ['fields.first_name.identifier', 'manifest.unknown_reference', 'email'],
      ['consent[0].channel', 'manifest.unknown_reference', 'ads'],
      ['destination.kind', 'manifest.unknown_reference', 'list'],
      ['mode', 'connector.capability_missing', undefined],
    ])
  })

  it('refuses a live sync that exchanges all members', async () => {
    expect(await pathsOf({ when: 'live' })).not.toContain('when')
    expect(await pathsOf({ when: 'live', mode: 'replace' })).toContain('when')
  })

  it('knows the streams that the configuration itself names', async () => {
    const own = { ...connection, config: { ...connection.config, streams: { orders: { path: 'x' } } } }
    const files = { ...good, 'manifests/connection.json': own }
    const orders = { ...pull, name: 'orders', source: { connection: 'crm-eu', stream: 'orders' } }
    expect((await readFiles({ ...files, 'manifests/z.json': orders })).workspace.syncs.has('orders')).toBe(
      true,
    )
    const typo = { ...orders, source: { connection: 'crm-eu', stream: 'order' } }
    expect(await faultsOf({ ...files, 'manifests/z.json': typo })).toMatchObject([
      { path: 'source.stream', params: { suggestion: 'orders' } },
    ])
  })

  it('tells a faulty object once, not again by all that refer to it', async () => {
    const faulty = { ...segment, rule: { al: [] } }
    const faults = await faultsOf({ ...good, 'manifests/rest.json': [faulty, pull, deliver] })
    expect(brief(faults)).toEqual(['manifests/rest.json rule.al manifest.unknown_key'])
  })

  it('does not call a faulty segment unknown where another one refers to it', async () => {
    const nest = { ...segment, name: 'outer', rule: { segment: 'all-people' } }
    const faulty = { ...segment, rule: { al: [] } }
    const rest = [faulty, nest, pull]
    const faults = await faultsOf({ ...good, 'manifests/rest.json': rest }, validateRule)
    expect(brief(faults)).toEqual(['manifests/rest.json rule.al manifest.unknown_key'])
    const alone = await faultsOf({ ...good, 'manifests/rest.json': [nest, pull] }, validateRule)
    expect(brief(alone)).toEqual(['manifests/rest.json rule.segment segment.unknown_name'])
  })

  it('does not take what stands in an unreadable file for missing', async () => {
    const faults = await faultsOf({ ...good, 'manifests/connection.json': '{', 'manifests/schema.json': '{' })
    expect(faults.map(({ code }) => code)).toEqual(['manifest.not_json', 'manifest.not_json'])
  })

  it('holds a property to one type in all events, and a country to those that exist', async () => {
    const events = {
      purchase: { properties: { amount: 'number' } },
      refund: { properties: { amount: 'text' } },
    }
    const schema = { ...profileSchema, events, source_priority: ['crm'], default_country: 'XX' }
    const faults = await faultsOf({ ...good, 'manifests/schema.json': schema })
    expect(faults.map(({ path }) => path)).toEqual([
      'events.refund.properties.amount',
      'source_priority[0]',
      'default_country',
    ])
  })

  it('asks the rule checker for each segment and puts its faults at their lines', async () => {
    expect(await faultsOf(good, findCycle)).toMatchObject([
      {
        file: 'manifests/rest.json',
        line: 7,
        path: 'rule.all',
        code: 'segment.cycle',
        params: { cycle: 'city first_name all-people all-people {"all":[]}' },
      },
    ])
  })
})

async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  )
}
