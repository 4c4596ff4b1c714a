import { describe, expect, it } from 'vitest'
import { exampleConnector } from '../../../../connectors/example/connector.ts'
import { openExampleSandbox } from '../../../../connectors/example/sandbox/example-sandbox.ts'
import type { Connection } from '../../../../core/connector/connector.ts'
import { createDirectCaller } from '../../../support/direct-caller.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'

const ignore = (): void => undefined
const signal = new AbortController().signal

function connect(account: string): Connection {
  return exampleConnector.connect(
    {
      connection: 'demo',
      workspace: '.',
      clock: createFixedClock(0),
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      call: createDirectCaller(),
      fetch: globalThis.fetch,
    },
    { account },
  )
}

describe('example: destination list', () => {
  it('rejects a record without an address itself and keeps the order of the rest over several requests', async () => {
    const list = connect('order').destination('list')
    const audience = await list?.create?.({ name: 'People' })
    const records = Array.from({ length: 250 }, (_, index) => ({
      fields: index === 120 ? { first_name: 'Ada' } : { email: `p${index}@example.com` },
    }))
    const outcomes = await list?.add({ audience: audience ?? { externalId: '', name: '' }, records, signal })
    expect(outcomes?.map((outcome) => ('key' in outcome ? outcome.key : outcome.status))).toEqual(
      records.map((record, index) => (index === 120 ? 'rejected' : record.fields.email)),
    )
  })

  it('finds a list that was deleted and made anew by its name', async () => {
    const list = connect('renewed').destination('list')
    const created = await list?.create?.({ name: 'People' })
    expect(await list?.find({ name: 'People', externalId: 'list-99' })).toEqual(created)
  })
})

describe('example: erase', () => {
  it('removes a person from the account and from every list, and says so without naming them', async () => {
    const connection = connect('erasure')
    const list = connection.destination('list')
    const audience = (await list?.create?.({ name: 'People' })) ?? { externalId: '', name: '' }
    const fields = { email: 'person1@example.com' }
    await list?.add({ audience, records: [{ fields }], signal })
    const person = { keys: [], sent: [fields, fields] }
    expect(await connection.erase?.(person)).toEqual({ status: 'erased', message: '2 entries erased.' })
    expect(openExampleSandbox('erasure').lists[0]?.members.size).toBe(0)
    expect(await connection.erase?.(person)).toMatchObject({ status: 'not_found' })
  })
})
