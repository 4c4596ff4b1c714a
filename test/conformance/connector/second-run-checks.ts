import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { DestinationDescription } from '../../../core/connector/connector.ts'
import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench } from '../../support/a-cycle.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorSuite, DestinationCase } from './harness.ts'

/** Cycles until jobs of the platform have ended. */
const mostCycles = 4

/** A whole sync into each audience kind, run until it is done, and once more. */
export function describeSecondRun(suite: ConnectorSuite, description: DestinationDescription): void {
  describe(`a sync into ${description.kind}`, () => {
    it('writes nothing when it runs again and nothing has changed', async () => {
      const harness = await suite.start()
      const clock = harness.clock ?? createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
      const seeded = harness.destinations[description.kind]
      if (!seeded || !harness.platform) throw new Error(`the harness has no case for ${description.kind}`)
      const records = seeded.records(3)
      const plan = { description, records, audience: seeded.existing?.name ?? 'Conformance audience' }
      const config = harness.access?.config ?? harness.config
      const workspace = toSyncWorkspace(suite.connector.slug, config, plan)
      const hub = await aCycleBench({ clock, workspace, connectors: [suite.connector] })
      await fillProfiles(hub.duckdb, plan)
      const cycle = (): Promise<CycleReport> =>
        runCycle(hub, {
          workspace,
          asOf: clock.now(),
          actor: 'test',
          signal: new AbortController().signal,
          onEvent: () => undefined,
        })
      expect(await runToEnd(cycle, seeded), 'the first run').toBe('succeeded')
      seeded.settle?.()
      const writes = harness.platform.countWrites()
      expect(writes).toBeGreaterThan(0)
      const again = await cycle()
      expect(again.runs[0]).toMatchObject({ state: 'succeeded', counters: { planned: 0, applied: 0 } })
      expect(harness.platform.countWrites(), 'what the platform carried out').toBe(writes)
      await hub.close()
      await harness.close()
    })
  })
}

/** The state in which the runs end, jobs of the platform included. */
export async function runToEnd(cycle: () => Promise<CycleReport>, seeded: DestinationCase): Promise<string> {
  let state = ''
  for (let count = 0; count < mostCycles && state !== 'succeeded'; count += 1) {
    state = (await cycle()).runs[0]?.state ?? ''
    seeded.settle?.()
  }
  return state
}

/** A sync of some people into one audience kind. */
export interface SyncPlan {
  readonly description: DestinationDescription
  readonly records: readonly DestinationRecord[]
  readonly audience: string
}

interface Mapped {
  /** The destination's field. */
  readonly field: string
  readonly kind: 'identifier' | 'trait'
  /** Our name of it. */
  readonly name: string
  readonly form: 'email' | 'phone' | 'exact'
}

/** Fields that people are matched by become identifiers, all others traits. */
function mapFields({ description, records }: SyncPlan): Mapped[] {
  return Object.keys(records[0]?.fields ?? {}).map((field) => {
    const matches = description.fields[field]?.matches
    const form = matches === 'email' || matches === 'phone' ? matches : 'exact'
    return { field, kind: matches ? 'identifier' : 'trait', name: field.toLowerCase(), form }
  })
}

/** Makes one profile of each record, all with consent. */
export async function fillProfiles(duckdb: DuckDb, plan: SyncPlan): Promise<void> {
  const mapped = mapFields(plan)
  const columns = mapped.map(({ kind, name }) => `${kind}_${name}`)
  for (const [index, { fields }] of plan.records.entries())
    await duckdb.run(
      `INSERT INTO profile (profile_id, created_at, updated_at, consent_marketing__ads, ${columns.join(', ')})
       VALUES (${index + 1}, '2026-01-01', '2026-01-01', 'granted', ${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      mapped.map(({ field }) => z.string().parse(fields[field])),
    )
}

/** A workspace whose only sync sends all profiles. */
export function toSyncWorkspace(connector: string, config: JsonObject, plan: SyncPlan): Workspace {
  const mapped = mapFields(plan)
  const ofKind = (kind: Mapped['kind'], shape: (each: Mapped) => object): object =>
    Object.fromEntries(mapped.filter((each) => each.kind === kind).map((each) => [each.name, shape(each)]))
  const manifests = [
    {
      kind: 'profile_schema',
      version: 1,
      name: 'people',
      identifiers: ofKind('identifier', ({ form }) => ({ form })),
      traits: ofKind('trait', () => ({ type: 'text' })),
      consents: { marketing: { channels: ['ads'] } },
    },
    { kind: 'connection', version: 1, name: 'platform', connector, config },
    {
      kind: 'segment',
      version: 1,
      name: 'subscribers',
      rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
    },
    {
      kind: 'sync',
      version: 1,
      name: 'to-platform',
      segment: 'subscribers',
      destination: { connection: 'platform', kind: plan.description.kind, audience: plan.audience },
      fields: Object.fromEntries(mapped.map(({ field, kind, name }) => [field, { [kind]: name }])),
      consent: [{ purpose: 'marketing', channel: 'ads' }],
      ...(!plan.description.capabilities.remove && { mode: 'add_only' }),
    },
  ]
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  return workspace
}
