import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { DestinationDescription } from '../../../core/connector/connector.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { check } from './check.ts'
import type { ConnectorSuite } from './harness.ts'
import { openAudience, openSession, write, type Session } from './session.ts'

const statuses = (outcomes: readonly Outcome[]): string[] => outcomes.map((outcome) => outcome.status)
const keysOf = (outcomes: readonly Outcome[]): (string | undefined)[] =>
  outcomes.map((outcome) => ('key' in outcome ? outcome.key : undefined))
const isSettled = (outcome: Outcome): boolean => outcome.status === 'applied' || outcome.status === 'skipped'

/** Larger batches take a sandbox minutes and tell nothing more. */
const mostRecords = 10_000

/** What every destination must do. */
export function describeDestination(suite: ConnectorSuite, description: DestinationDescription): void {
  const { kind } = description
  const can = description.capabilities
  const session = async (test: (session: Session) => Promise<void>): Promise<void> => {
    const opened = await openSession(suite)
    await test(opened)
    await opened.close()
  }

  describe(`destination ${kind}`, () => {
    it('has a function for each capability it claims, and claims each function it has', () =>
      session(async (opened) => {
        const { destination } = opened.destination(kind)
        const optional = ['remove', 'replace', 'readMembers', 'readSize', 'create'] as const
        expect(optional.filter((part) => destination[part])).toEqual(optional.filter((part) => can[part]))
      }))

    it('finds nothing where nothing is, and does not create by finding', () =>
      session(async (opened) => {
        const { destination, seeded } = opened.destination(kind)
        const before = seeded.countAudiences()
        expect(await destination.find({ name: 'Nobody made this audience' })).toBeNull()
        expect(seeded.countAudiences()).toBe(before)
      }))

    check('finds the audience it created, by name and by id, and only one of it', {
      when: can.create ?? false,
      never: 'a person creates the audience',
      test: () =>
        session(async (opened) => {
          const { destination, seeded } = opened.destination(kind)
          const before = seeded.countAudiences()
          const created = await openAudience(opened, kind)
          expect((await destination.find({ name: created.name }))?.externalId).toBe(created.externalId)
          const byId = await destination.find({ name: 'renamed since', externalId: created.externalId })
          expect(byId?.externalId).toBe(created.externalId)
          expect(seeded.countAudiences()).toBe(before + 1)
        }),
    })

    it('gives one outcome per record, in order, and one bad record harms no neighbour', () =>
      session(async (opened) => {
        const { seeded } = opened.destination(kind)
        const audience = await openAudience(opened, kind)
        const good = seeded.records(4)
        const records = [...good.slice(0, 2), seeded.badRecord, ...good.slice(2)]
        const outcomes = await write(opened, kind, 'add', { audience, records })
        expect(statuses(outcomes)).toEqual(['applied', 'applied', 'rejected', 'applied', 'applied'])
        expect(seeded.countMembers(audience)).toBe(4)
      }))

    it('rejects a record with nothing to match by, in its place', () =>
      session(async (opened) => {
        const { seeded } = opened.destination(kind)
        const audience = await openAudience(opened, kind)
        const [first, second] = seeded.records(2)
        const records = [
          { fields: {} },
          ...(first ? [first] : []),
          seeded.badRecord,
          ...(second ? [second] : []),
        ]
        const outcomes = await write(opened, kind, 'add', { audience, records })
        expect(statuses(outcomes)).toEqual(['rejected', 'applied', 'rejected', 'applied'])
      }))

    it('answers an empty batch without a call', () =>
      session(async (opened) => {
        const audience = await openAudience(opened, kind)
        const before = opened.calls.length
        expect(await write(opened, kind, 'add', { audience, records: [] })).toEqual([])
        expect(opened.calls).toHaveLength(before)
      }))

    check('changes nothing when the same batch is sent twice, in another order', {
      when: can.repeatable ?? false,
      never: 'a repeated batch is not harmless here',
      test: () =>
        session(async (opened) => {
          const { seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const records = seeded.records(5)
          const first = await write(opened, kind, 'add', { audience, records })
          const again = await write(opened, kind, 'add', { audience, records: records.toReversed() })
          expect(again.filter((outcome) => !isSettled(outcome))).toEqual([])
          expect(keysOf(again)).toEqual(keysOf(first).toReversed())
          expect(seeded.countMembers(audience)).toBe(5)
        }),
    })

    check('removes members, one outcome per record in order', {
      when: can.remove ?? false,
      never: 'members cannot be taken off',
      test: () =>
        session(async (opened) => {
          const { seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const records = seeded.records(5)
          const keyed = withKeys(records, await write(opened, kind, 'add', { audience, records }))
          const outcomes = await write(opened, kind, 'remove', { audience, records: keyed.slice(1, 4) })
          expect(statuses(outcomes)).toEqual(['applied', 'applied', 'applied'])
          expect(seeded.countMembers(audience)).toBe(2)
        }),
    })

    check('takes a non-member off without an error', {
      when: can.remove ?? false,
      never: 'members cannot be taken off',
      test: () =>
        session(async (opened) => {
          const { seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const outcomes = await write(opened, kind, 'remove', { audience, records: seeded.records(2) })
          expect(outcomes.filter((outcome) => !isSettled(outcome))).toEqual([])
          expect(seeded.countMembers(audience)).toBe(0)
        }),
    })

    check('exchanges all members for others, one outcome per record in order', {
      when: can.replace ?? false,
      never: 'members are added and removed one by one',
      test: () =>
        session(async (opened) => {
          const { destination, seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const records = seeded.records(6)
          await write(opened, kind, 'add', { audience, records: records.slice(0, 2) })
          const parts = [records.slice(2, 4), [seeded.badRecord], records.slice(4)]
          const request = { audience, session: 'suite/1', total: 5, state: null }
          const taken: Outcome[] = []
          const exchange = destination.replace?.({
            ...request,
            parts: Readable.from(parts),
            signal: new AbortController().signal,
          })
          for await (const { outcomes } of exchange ?? []) taken.push(...outcomes)
          seeded.settle?.()
          expect(statuses(taken)).toEqual(['applied', 'applied', 'rejected', 'applied', 'applied'])
          expect(seeded.countMembers(audience)).toBe(4)
        }),
    })

    check('reads back exactly the members it added, under the keys of the outcomes', {
      when: can.readMembers ?? false,
      never: 'the platform does not list members',
      test: () =>
        session(async (opened) => {
          const { destination, seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const outcomes = await write(opened, kind, 'add', { audience, records: seeded.records(5) })
          const read: string[] = []
          const pages = destination.readMembers?.(audience, new AbortController().signal) ?? []
          for await (const page of pages) read.push(...page)
          expect(read.toSorted()).toEqual(
            keysOf(outcomes)
              .map((key) => key ?? '')
              .toSorted(),
          )
        }),
    })

    check('tells a size whose bounds hold the truth', {
      when: can.readSize ?? false,
      never: 'the platform does not tell the size',
      test: () =>
        session(async (opened) => {
          const { destination, seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          await write(opened, kind, 'add', { audience, records: seeded.records(5) })
          const size = await destination.readSize?.(audience)
          expect(size?.atLeast ?? 0).toBeLessThanOrEqual(5)
          expect(size?.atMost ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(5)
        }),
    })

    it.each([1, 3, Math.min(description.recordsPerBatch, mostRecords)])(
      'makes the fewest calls that %i records can be sent with',
      (count) =>
        session(async (opened) => {
          const { seeded } = opened.destination(kind)
          const audience = await openAudience(opened, kind)
          const records = seeded.records(count)
          let before = opened.calls.length
          const outcomes = await write(opened, kind, 'add', { audience, records })
          expect(opened.calls.length - before, 'calls to add').toBe(seeded.callsToAdd(count))
          if (!can.remove) return
          before = opened.calls.length
          await write(opened, kind, 'remove', { audience, records: withKeys(records, outcomes) })
          expect(opened.calls.length - before, 'calls to remove').toBe(seeded.callsToRemove?.(count))
        }),
    )

    it('sends nothing when the signal has aborted', () =>
      session(async (opened) => {
        const { destination, seeded } = opened.destination(kind)
        const audience = await openAudience(opened, kind)
        const before = opened.calls.length
        const records = seeded.records(2)
        await expect(
          destination.add({ audience, records, signal: AbortSignal.abort() }),
        ).rejects.toBeDefined()
        expect(opened.calls).toHaveLength(before)
        expect(seeded.countMembers(audience)).toBe(0)
      }))
  })
}

/** The records as the hub hands them over later: with the key that an outcome told. */
function withKeys<Row extends { readonly key?: string }>(
  records: readonly Row[],
  outcomes: readonly Outcome[],
): Row[] {
  return records.map((record, index) => {
    const outcome = outcomes[index]
    return outcome && 'key' in outcome && outcome.key !== undefined ? { ...record, key: outcome.key } : record
  })
}
