import { describe, expect, it } from 'vitest'
import type { Cursor, SourcePage } from '../../../core/connector/source.ts'
import { check } from './check.ts'
import type { ConnectorSuite } from './harness.ts'
import { openSession, type Session } from './session.ts'

const never = new AbortController().signal

async function readPages(session: Session, stream: string, cursor: Cursor | null): Promise<SourcePage[]> {
  const { source, seeded } = session.source(stream)
  const pages: SourcePage[] = []
  for await (const page of source.read({ cursor, fields: seeded.fields, signal: never })) pages.push(page)
  return pages
}

const idsOf = (pages: readonly SourcePage[]): string[] =>
  pages.flatMap((page) => page.records.map((record) => record.externalId))
const placesOf = (pages: readonly SourcePage[]): string[] =>
  pages.flatMap((page) => page.quarantined.map((row) => row.place))

/** What every source must do. */
export function describeSource(suite: ConnectorSuite, stream: string): void {
  const description = suite.connector.sources.find((source) => source.name === stream)
  const session = async (test: (session: Session) => Promise<void>): Promise<void> => {
    const opened = await openSession(suite)
    await test(opened)
    await opened.close()
  }

  describe(`source ${stream}`, () => {
    it('reads every record once, over several pages, then stops', () =>
      session(async (opened) => {
        const pages = await readPages(opened, stream, null)
        const { seeded } = opened.source(stream)
        expect(idsOf(pages).toSorted()).toEqual([...seeded.externalIds].toSorted())
        expect(placesOf(pages)).toEqual(seeded.quarantined ?? [])
        expect(pages.length).toBeGreaterThanOrEqual(3)
      }))

    it('resumes from every checkpoint without loss or doubling', () =>
      session(async (opened) => {
        const pages = await readPages(opened, stream, null)
        for (const [index, page] of pages.slice(0, -1).entries()) {
          const rest = await readPages(opened, stream, throughJson(page.cursor))
          expect(idsOf(rest), `after page ${index + 1}`).toEqual(idsOf(pages.slice(index + 1)))
          expect(placesOf(rest), `after page ${index + 1}`).toEqual(placesOf(pages.slice(index + 1)))
        }
      }))

    it('gives a cursor that survives JSON, and a progress that never falls', () =>
      session(async (opened) => {
        let before = 0
        for (const page of await readPages(opened, stream, null)) {
          expect(throughJson(page.cursor)).toEqual(page.cursor)
          const progress = page.progress ?? before
          expect(progress).toBeGreaterThanOrEqual(before)
          expect(progress).toBeLessThanOrEqual(1)
          before = progress
        }
      }))

    it('fetches only the fields that were asked for', () =>
      session(async (opened) => {
        const { seeded } = opened.source(stream)
        const pages = await readPages(opened, stream, null)
        for (const record of pages.flatMap((page) => page.records))
          expect(seeded.fields).toEqual(expect.arrayContaining(Object.keys(record.fields)))
      }))

    it('stops reading when the signal aborts, and calls nobody after that', () =>
      session(async (opened) => {
        const { source, seeded } = opened.source(stream)
        const stop = new AbortController()
        let calls = 0
        const reading = async (): Promise<void> => {
          for await (const page of source.read({
            cursor: null,
            fields: seeded.fields,
            signal: stop.signal,
          })) {
            expect(page.records.length + page.quarantined.length).toBeGreaterThan(0)
            calls = opened.calls.length
            stop.abort()
          }
        }
        await expect(reading()).rejects.toBeDefined()
        expect(opened.calls).toHaveLength(calls)
      }))

    check('gives what changed, and nothing that is not there, when an ended read goes on', {
      when: description?.incremental ?? true,
      never: 'the stream is always read in full',
      test: () =>
        session(async (opened) => {
          const { seeded } = opened.source(stream)
          const cursor = throughJson((await readPages(opened, stream, null)).at(-1)?.cursor ?? null)
          const again = idsOf(await readPages(opened, stream, cursor))
          expect(seeded.externalIds).toEqual(expect.arrayContaining(again))
          const changed = await seeded.change?.()
          expect(changed, 'the harness can change an incremental stream').toBeDefined()
          expect(idsOf(await readPages(opened, stream, cursor))).toEqual(
            expect.arrayContaining([...(changed ?? [])]),
          )
        }),
    })
  })
}

function throughJson(cursor: Cursor): Cursor {
  return JSON.parse(JSON.stringify(cursor)) as Cursor
}
