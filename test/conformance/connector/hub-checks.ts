import { describe, expect, it } from 'vitest'
import type { BoundDestination } from '../../../core/connector/connector.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { check } from './check.ts'
import type { ConnectorSuite, DestinationCase } from './harness.ts'
import { openAudience, openHubSession } from './hub-session.ts'
import { searchLogs } from './log-search.ts'
import { waitOut } from './wait-out.ts'

const { signal } = new AbortController()

/** What a connector does behind the hub's own caller and logger. */
export function describeHubWork(suite: ConnectorSuite): void {
  const hasPlatform = suite.connector.budgets.length > 0

  describe('behind the hub', () => {
    check('sends nothing of the refused budget until the time is over that the platform told', {
      when: hasPlatform,
      never: 'it calls nobody',
      test: () => waitOut(suite),
    })

    // oxlint-disable-next-line vitest/expect-expect -- the assertions are in the search
    it('writes no secret and nothing personal into any log line, whatever happens', () => searchLogs(suite))
  })

  for (const { kind, capabilities } of suite.connector.destinations)
    describe(`destination ${kind} behind the hub`, () => {
      check('makes one person and one member of twenty parallel first sends of one new address', {
        when: capabilities.repeatable ?? false,
        never: 'a repeated batch is not harmless here',
        test: () => sendTwentyTimes(suite, kind),
      })
    })
}

async function sendTwentyTimes(suite: ConnectorSuite, kind: string): Promise<void> {
  const hub = await openHubSession(suite)
  const seeded = hub.harness.destinations[kind]
  const destination = hub.connection.destination(kind)
  if (!seeded || !destination) throw new Error(`the harness has no case for ${kind}`)
  const audience = await openAudience(hub, kind)
  const [record = { fields: {} }] = seeded.records(1)
  const before = seeded.countMembers(audience)
  const sends = Array.from({ length: 20 }, () => destination.add({ audience, records: [record], signal }))
  const outcomes = (await Promise.all(sends)).flat()
  seeded.settle?.()
  expect(outcomes).toHaveLength(20)
  for (const { status } of outcomes) expect(['applied', 'accepted', 'skipped']).toContain(status)
  await followToTheEnd(destination, seeded, { audience, record, outcomes })
  expect(seeded.countMembers(audience) - before, 'members').toBe(1)
  expect(seeded.countPeople?.(record) ?? 1, 'people with the address').toBe(1)
  await hub.close()
}

interface Sent {
  readonly audience: Audience
  readonly record: DestinationRecord
  readonly outcomes: readonly Outcome[]
}

/** A platform that works on a few jobs at once puts the others off, so they are asked about more than once. */
async function followToTheEnd(
  destination: BoundDestination,
  seeded: DestinationCase,
  { audience, record, outcomes }: Sent,
): Promise<void> {
  const jobs = new Set(outcomes.flatMap((outcome) => (outcome.status === 'accepted' ? [outcome.job] : [])))
  const taken = { audience, signal, read: () => Promise.resolve([record]) }
  for (const job of jobs) {
    let state = await destination.readJob?.(job, taken)
    for (let look = 0; look < 20 && state?.status === 'processing'; look += 1) {
      seeded.settle?.()
      state = await destination.readJob?.(job, taken)
    }
    expect(state, 'the job').toMatchObject({ status: 'done' })
  }
}
