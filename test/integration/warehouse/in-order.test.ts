import { afterEach, expect, it } from 'vitest'
import {
  aMapping,
  aProfileStore,
  aRecord,
  aSchema,
  ordersMapping,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

let open: TestStore | undefined
afterEach(() => open?.duckdb.close())

/** More than the engine writes as one row group. */
const people = 123_000
const pageRows = 20_000

const schema = aSchema({ traits: { first_name: { type: 'text' } } })
const contacts = aMapping({ traits: { first_name: { from: 'first_name' } } })
const told = (index: number): Record<string, string> => ({
  email: `person${index}@shop.example`,
  first_name: `Ada ${index}`,
  newsletter: 'yes',
})
const bought = (index: number): Record<string, string> => ({
  email: `person${index}@shop.example`,
  at: '2026-01-01T00:00:00Z',
})

const seenSql = `SELECT (SELECT count(*) FROM profile) AS profiles, (SELECT count(*) FROM event) AS events,
  (SELECT count(*) FROM record_consent) AS consents, (SELECT count(*) FROM record_trait) AS records,
  (SELECT count(DISTINCT key) FROM identifier_key WHERE record_id > 0) AS keys`

/** Rows that are written in order, beside an order that comes to none, were hidden until the file was opened again. */
it('shows everybody whom one refresh brought in, when nobody is alone with their record', async () => {
  open = await aProfileStore(schema)
  for (let from = 0; from < people; from += pageRows) {
    const page = Array.from({ length: Math.min(pageRows, people - from) }, (_, place) => from + place)
    await open.write(page.map((index) => aRecord(`c${index}`, told(index))))
    await open.write(
      page.map((index) => aRecord(`o${index}`, bought(index))),
      { stream: 'orders' },
    )
  }
  const { profilesCreated, events } = await open.refresh([contacts, ordersMapping])
  expect({ profilesCreated, events }).toEqual({ profilesCreated: people, events: people })
  const all = BigInt(people)
  expect(await open.duckdb.one(seenSql)).toEqual({
    profiles: all,
    events: all,
    consents: all,
    records: 2n * all,
    // An address has a second key: of what it looks like.
    keys: 2n * all,
  })
}, 60_000)
