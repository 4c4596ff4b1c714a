import { describe, expect, it } from 'vitest'
import type { DestinationDescription } from '../../../core/connector/connector.ts'
import type { Erasure } from '../../../core/person-request/erasure.ts'
import { carryOnErasures } from '../../../hub-server/worker/erase-at-platforms.ts'
import { openErasure, previewErasure, type ErasureDesk } from '../../../hub-server/worker/erase-person.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorSuite, DestinationCase } from './harness.ts'
import { fillProfiles, runToEnd, toSyncWorkspace } from './second-run-checks.ts'

/** Audience kinds that erasing a person must empty of them. The others only tell something of people who are elsewhere too. */
const holdsMembers: ReadonlySet<string> = new Set([
  'list',
  'static_list',
  'campaign',
  'custom_audience',
  'customer_match',
  'endpoint',
])

const erased = /^(?:erased|removed_from_audiences)$/

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
        `INSERT INTO record_trait BY NAME SELECT * EXCLUDE (created_at, updated_at, content_hash), profile_id AS record_id, 'shop' AS connection,
           'people' AS stream, created_at AS version_at, false AS deleted, '' AS run_id FROM profile`,
      )
      const request = { workspace, actor: 'test', signal: new AbortController().signal }
      const cycle = (): Promise<CycleReport> =>
        runCycle(hub, { ...request, asOf: clock.now(), onEvent: () => undefined })
      expect(await runToEnd(cycle, seeded), 'the first run').toBe('succeeded')
      seeded.settle?.()
      const audience = await hub.control.audience('to-platform')
      if (!audience) throw new Error('the audience was found or made')
      const members = seeded.countMembers(audience)
      const holds = holdsMembers.has(description.kind)
      const isOff = (): boolean => !holds || seeded.countMembers(audience) === members - 1
      const status = holds ? erased : ended
      const requests = harness.platform.countRequests()

      const erasures = await eraseThrough({ ...hub, ...request }, clock, seeded)
      expect(erasures.flatMap(({ targets }) => targets)).toEqual([
        expect.objectContaining({
          connection: 'platform',
          status: expect.stringMatching(status) as unknown,
          sealed: null,
        }),
      ])
      expect(harness.platform.countRequests(), 'the platform was asked').toBeGreaterThan(requests)
      expect(isOff(), 'off the audience').toBe(true)

      await cycle()
      seeded.settle?.()
      expect(isOff(), 'still off after another run').toBe(true)
      await hub.close()
      await harness.close()
    })
  })
}

/** Erases the second person, and asks once more a day later where a job of the platform was still at work on them. */
async function eraseThrough(
  desk: ErasureDesk,
  clock: FixedClock,
  seeded: DestinationCase,
): Promise<Erasure[]> {
  await openErasure(desk, await previewErasure(desk, 'p_2'))
  const erasures = await carryOnErasures(desk)
  seeded.settle?.()
  if (erasures.every(({ state }) => state === 'done')) return erasures
  clock.advance(dayMs)
  return carryOnErasures(desk)
}
