import { z } from 'zod'
import type { DestinationDescription } from '../../core/connector/connector.ts'
import { isDeliverSync, type DeliverSyncManifest, type SyncManifest } from '../../core/manifest/manifest.ts'
import { findHoldout } from '../../core/membership/find-holdout.ts'
import { checkStream } from './check-stream.ts'
import { joinWords } from './describe-expected.ts'
import type { PathFault } from './manifest-fault.ts'
import {
  checkConnectionName,
  checkConsent,
  checkName,
  connectorOf,
  destinationOf,
  type WorkspaceView,
} from './workspace-view.ts'
import { toPathFaults } from './zod-faults.ts'

/** Everything a sync names is there, and its destination can do what the sync asks of it. */
export function checkSync(sync: SyncManifest, view: WorkspaceView): PathFault[] {
  if (!isDeliverSync(sync)) {
    // What clients send comes by itself: there is nothing to pull.
    const undeclared = checkConnectionName(view, sync.source.connection, ['source', 'connection'])
    return undeclared.length > 0 ? undeclared : checkStream(view, sync.source, ['source'])
  }
  const { connection, kind } = sync.destination
  const destination = destinationOf(view, connection, kind)
  return [
    ...checkName({
      kind: 'segment',
      name: sync.segment,
      known: view.names.get('segment') ?? [],
      path: ['segment'],
    }),
    ...checkHoldout(sync, view),
    ...checkConnectionName(view, connection, ['destination', 'connection']),
    ...checkDestinationKind(sync, view),
    ...checkFieldSources(sync, view),
    ...(destination
      ? [
          ...checkMode(sync, destination),
          ...checkWhen(sync),
          ...checkFields(sync, destination),
          ...checkMatch(sync, destination),
          ...checkSettings(sync, destination),
        ]
      : []),
    ...consentsOf(sync).flatMap((consent, index) => checkConsent(view, consent, ['consent', index])),
  ]
}

/** Whom a split holds out is sent nothing: neither as the segment of a sync nor through a segment that lets them in. */
function checkHoldout({ segment }: DeliverSyncManifest, view: WorkspaceView): PathFault[] {
  const rules = new Map([...view.segments].map(([name, { rule }]) => [name, rule]))
  const way = findHoldout(segment, rules, view.holdouts)
  if (!way) return []
  const params = { holdout: way.at(-1) ?? '', way: way.join(' → ') }
  return [{ path: ['segment'], code: 'segment.holdout_sent', params }]
}

function consentsOf(
  sync: DeliverSyncManifest,
): readonly { readonly purpose: string; readonly channel: string }[] {
  return Array.isArray(sync.consent) ? sync.consent : []
}

function checkDestinationKind(sync: DeliverSyncManifest, view: WorkspaceView): PathFault[] {
  const connector = connectorOf(view, sync.destination.connection)
  if (!connector) return []
  const known = connector.destinations.map(({ kind }) => kind)
  return checkName({
    kind: 'destination kind',
    name: sync.destination.kind,
    known,
    path: ['destination', 'kind'],
  })
}

/** A mirror must be able to take people off; better refused here than found out by the first person who leaves. */
function checkMode(sync: DeliverSyncManifest, destination: DestinationDescription): PathFault[] {
  const capability = sync.mode === 'mirror' ? 'remove' : 'replace'
  if (sync.mode === 'add_only' || destination.capabilities[capability] === true) return []
  const params = { capability, destination: destination.kind }
  return [{ path: ['mode'], code: 'connector.capability_missing', params }]
}

/** An exchange of all members for each who moved would never end. */
function checkWhen({ when, mode }: DeliverSyncManifest): PathFault[] {
  if (when !== 'live' || mode !== 'replace') return []
  const params = { key: 'when', expected: '"cycle"', found: '"live"', suggestion: 'cycle' }
  return [{ path: ['when'], code: 'manifest.invalid_value', params }]
}

function checkFields(sync: DeliverSyncManifest, destination: DestinationDescription): PathFault[] {
  if (destination.openFields === true) return []
  const known = Object.keys(destination.fields)
  return Object.keys(sync.fields).flatMap((name) =>
    checkName({ kind: 'field', name, known, path: ['fields', name], at: 'key' }),
  )
}

const settingsPath = ['destination', 'settings']

/** The audience's settings are what the destination takes, and the fields that hang on them are mapped there and only there. */
function checkSettings(sync: DeliverSyncManifest, destination: DestinationDescription): PathFault[] {
  const { settings = {} } = sync.destination
  const schema = destination.settings ?? z.strictObject({})
  const parsed = schema.safeParse(settings)
  if (!parsed.success)
    return toPathFaults(parsed.error.issues, { schema, value: settings, base: settingsPath })
  return Object.entries(destination.fields).flatMap(([field, { neededBy }]) => {
    if (neededBy === undefined) return []
    const isMapped = Object.hasOwn(sync.fields, field)
    const isNeeded = settings[neededBy] === true
    if (isMapped === isNeeded) return []
    const [path, key, expected] = isNeeded
      ? [['fields'], field, `"${field}"`]
      : [settingsPath, neededBy, `"${neededBy}": true`]
    const isThere = isNeeded || sync.destination.settings !== undefined
    return [
      {
        path: isThere ? path : ['destination'],
        code: 'manifest.missing_key' as const,
        params: { key: isThere ? key : 'settings', expected },
      },
    ]
  })
}

/** Without a field that people are matched by, every member would be withheld. */
function checkMatch(sync: DeliverSyncManifest, destination: DestinationDescription): PathFault[] {
  const matching = Object.entries(destination.fields)
    .filter(([, field]) => field.matches !== undefined)
    .map(([name]) => name)
  const isMatched = matching.some((name) => {
    const source = Object.hasOwn(sync.fields, name) ? sync.fields[name] : undefined
    return source !== undefined && !('value' in source)
  })
  if (matching.length === 0 || isMatched) return []
  const expected = joinWords(matching.map((name) => JSON.stringify(name)))
  return [{ path: ['fields'], code: 'manifest.missing_key', params: { key: matching[0] ?? '', expected } }]
}

function checkFieldSources(sync: DeliverSyncManifest, view: WorkspaceView): PathFault[] {
  const schema = view.profileSchema
  if (!schema) return []
  const traits = Object.keys(schema.traits)
  const identifiers = Object.keys(schema.identifiers)
  return Object.entries(sync.fields).flatMap(([field, source]) => {
    const path = ['fields', field]
    if ('trait' in source)
      return checkName({ kind: 'trait', name: source.trait, known: traits, path: [...path, 'trait'] })
    if ('consent' in source) return checkConsent(view, source.consent, [...path, 'consent'])
    if ('identifier' in source)
      return checkName({
        kind: 'identifier',
        name: source.identifier,
        known: identifiers,
        path: [...path, 'identifier'],
      })
    return []
  })
}
