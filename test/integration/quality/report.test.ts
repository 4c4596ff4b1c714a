import { beforeEach, expect, it } from 'vitest'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { reportQuality } from '../../../hub-server/warehouse/quality/quality-report.ts'
import {
  type RecordParts,
  clock,
  duckdb,
  mapping,
  pull,
  schema,
  startAnew,
  underChecks,
} from './checked-store.ts'

beforeEach(startAnew)

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)

async function report() {
  const manifests = [
    parseManifest({ ...schema, kind: 'profile_schema', version: 1, name: 'main' }),
    parseManifest({ ...mapping }),
  ]
  const workspace = toWorkspace(manifests)
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  const [stream] = await reportQuality({ duckdb, clock, workspace })
  return { stream, target: (name: string) => stream?.targets.find((one) => one.name === name) }
}

/** `count` people from the first number on; the version of each is a day later than that of the one before. */
const crowd = (
  count: number,
  fields: (at: number) => Record<string, string | number>,
  from = 0,
): RecordParts[] =>
  Array.from({ length: count }, (_, at) => [
    `r${from + at}`,
    { email: `p${from + at}@example.com`, ...fields(from + at) },
    { versionAt: start + (from + at) * day },
  ])

it('tells how fresh a source is, by its own dates and by when the hub learned of them', async () => {
  const store = await underChecks()
  await pull(store, ...crowd(11, () => ({ points: 1 })))
  const { stream } = await report()
  expect(stream).toMatchObject({
    records: 11,
    receivedAt: clock.now(),
    newestAt: start + 10 * day,
    medianAt: start + 5 * day,
    comparedWith: undefined,
  })
})

it('counts what is filled, different and repeated', async () => {
  const store = await underChecks()
  await pull(store, ...crowd(10, (at) => ({ country: ['FR', 'FR', 'DE', ''][at % 4] ?? '' })), [
    'twin',
    { email: 'p0@example.com', country: 'FR' },
  ])
  const { target } = await report()
  expect(target('country')).toMatchObject({ filled: 9, distinct: 2 })
  expect(target('email')).toMatchObject({ filled: 11, distinct: 10, repeated: 1 })
})

it('measures drift against what was reported before the last pull: the share that is filled, and the values', async () => {
  const store = await underChecks()
  await pull(store, ...crowd(40, (at) => ({ points: 10 + (at % 9), visits: at % 5 })))
  await report()
  clock.advance(day)
  await pull(store, ...crowd(40, (at) => ({ visits: at % 5, ...(at < 20 && { points: 90 + (at % 9) }) })))
  const { stream, target } = await report()
  expect(stream?.comparedWith).toBe(clock.now() - day)
  expect(target('points')?.drift).toMatchObject({ filledBefore: 1, filledNow: 0.5 })
  expect(target('points')?.drift?.stability).toBeGreaterThan(0.25)
  expect(target('visits')?.drift).toMatchObject({ filledBefore: 1, filledNow: 1 })
  expect(target('visits')?.drift?.stability).toBeLessThan(0.1)
})
