import { describe, expect, it } from 'vitest'
import type { DestinationDescription } from '../../../core/connector/connector.ts'
import type { Erasure } from '../../../core/person-request/erasure.ts'
import { carryOnErasures } from '../../../hub-server/worker/erase-at-platforms.ts'
import { openErasure, previewErasure } from '../../../hub-server/worker/erase-person.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench } from '../../support/a-cycle.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorSuite } from './harness.ts'
import { fillProfiles, runToEnd, toSyncWorkspace } from './second-run-checks.ts'

/** Audience kinds that erasing a person must empty of them. The others only tell something of people who are elsewhere too. */
const holdsMembers: ReadonlySet<string> = new Set([
  'list',
  'static_list',
  'campaign',
  'custom_audience',
  'customer_match',
])

/** An opt-out of an address that no contact of the platform has leaves nobody to erase. */
const ended = /^(?:erased|removed_from_audiences|not_found)$/

/** Longest that a job of a platform may hold a person who was sent. */
const dayMs = 86_400_000

/** A person who was sent to each audience kind, erased through the hub. */
export function describeErasure(suite: ConnectorSuite, description: DestinationDescription): void {
  describe(`an erasure from ${description.kind}`, () => {
    it('reaches the platform through the hub, ends, and stays', async () => {
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
      await hub.duckdb.run(
        `INSERT INTO record_trait BY NAME SELECT * EXCLUDE (created_at, updated_at), profile_id AS record_id, 'shop' AS connection,
           'people' AS stream, created_at AS version_at, false AS deleted, '' AS run_id FROM profile`,
      )
      const request = { workspace, actor: 'test', signal: new AbortController().signal }
      const cycle = (): Promise<CycleReport> =>
        runCycle(hub, { ...request, asOf: clock.now(), onEvent: () => undefined })
      expect(await runToEnd(cycle, seeded), 'the first run').toBe('succeeded')
      seeded.settle?.()
      const audience = await hub.control.audience('to-platform')
      if (!audience) throw new Error('the audience was found or made')
      const holds = holdsMembers.has(description.kind)
      const before = seeded.countMembers(audience)
      const requests = harness.platform.countRequests()

      const desk = { ...hub, ...request }
      await openErasure(desk, await previewErasure(hub, 'p_2'))
      let erasures: Erasure[] = await carryOnErasures(desk)
      seeded.settle?.()
      if (erasures.some(({ state }) => state !== 'done')) {
        clock.advance(dayMs)
        erasures = await carryOnErasures(desk)
      }
      expect(erasures.flatMap(({ targets }) => targets)).toEqual([
        expect.objectContaining({
          connection: 'platform',
          status: expect.stringMatching(holds ? /^(?:erased|removed_from_audiences)$/ : ended) as unknown,
          sealed: null,
        }),
      ])
      expect(harness.platform.countRequests(), 'the platform was asked').toBeGreaterThan(requests)
      if (holds) expect(seeded.countMembers(audience)).toBe(before - 1)

      await cycle()
      seeded.settle?.()
      if (holds) expect(seeded.countMembers(audience)).toBe(before - 1)
      await hub.close()
      await harness.close()
    })
  })
}
