import { describe, expect, it } from 'vitest'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { deliverSyncManifest } from '../../../core/manifest/manifest.ts'
import { checkSync } from '../../../hub-server/manifest/check-sync.ts'
import type { WorkspaceView } from '../../../hub-server/manifest/workspace-view.ts'
import { aProfileSchema } from '../../support/a-delivery-workspace.ts'

const view: WorkspaceView = {
  names: new Map([
    ['segment', new Set(['big'])],
    ['connection', new Set(['meta'])],
  ]),
  profileSchema: { kind: 'profile_schema', version: 1, name: 'people', ...aProfileSchema },
  connections: new Map([
    ['meta', { kind: 'connection', version: 1, name: 'meta', connector: 'meta', config: {} }],
  ]),
  segments: new Map(),
  holdouts: new Set(),
  enrichments: new Map(),
  connectors: new Map([['meta', metaConnector]]),
  streams: new Map(),
}

const email = { EMAIL: { identifier: 'email' } }
const worth = { ...email, LOOKALIKE_VALUE: { trait: 'spent' } }

function faultsOf(destination: object, fields: object = email, change: object = {}): string[] {
  const sync = deliverSyncManifest.parse({
    kind: 'sync',
    version: 1,
    name: 'to-meta',
    segment: 'big',
    destination: { connection: 'meta', kind: 'custom_audience', audience: 'Big', ...destination },
    fields,
    ...change,
  })
  return checkSync(sync, view).map(({ path, code, params }) =>
    [path.join('.'), code, params['key'] ?? params['name'] ?? params['capability'] ?? ''].join(' ').trim(),
  )
}

const use = (channel: string) => ({
  ...email,
  DATA_PROCESSING_OPTIONS: { consent: { purpose: 'marketing', channel } },
})

describe('settings of an audience', () => {
  it('are held to what the destination takes', () => {
    expect(faultsOf({ settings: { is_value_based: false } })).toEqual([])
    expect(faultsOf({ settings: { is_value_based: 'yes' } })).toEqual([
      'destination.settings.is_value_based manifest.invalid_value is_value_based',
    ])
    expect(faultsOf({ settings: { is_value_bassed: true } })).toEqual([
      'destination.settings.is_value_bassed manifest.unknown_key is_value_bassed',
    ])
  })

  it('and the fields that hang on them come together, or not at all', () => {
    const settings = { is_value_based: true }
    expect(faultsOf({ settings }, worth)).toEqual([])
    expect(faultsOf({ settings })).toEqual(['fields manifest.missing_key LOOKALIKE_VALUE'])
    expect(faultsOf({}, worth)).toEqual(['destination manifest.missing_key settings'])
    expect(faultsOf({ settings: {} }, worth)).toEqual([
      'destination.settings manifest.missing_key is_value_based',
    ])
  })

  it('leave a field to be filled from a consent of the profile schema', () => {
    expect(faultsOf({}, use('ads'))).toEqual([])
    expect(faultsOf({}, use('adds'))).toEqual([
      'fields.DATA_PROCESSING_OPTIONS.consent.channel manifest.unknown_reference adds',
    ])
  })

  it('go with every mode that the destination can do', () => {
    expect(faultsOf({}, email, { mode: 'replace' })).toEqual([])
  })
})
