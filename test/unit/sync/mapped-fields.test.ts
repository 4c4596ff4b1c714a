import { describe, expect, it } from 'vitest'
import { mappingManifestSchema } from '../../../core/manifest/manifest.ts'
import { mappedFields } from '../../../core/sync/mapped-fields.ts'

const mapping = mappingManifestSchema.parse({
  kind: 'mapping',
  version: 1,
  name: 'shop-orders',
  connection: 'shop',
  stream: 'orders',
  identifiers: { phone: { from: ['mobile', 'phone'], country_from: 'country' } },
  traits: { city: { from: 'city' } },
  consents: [{ purpose: 'marketing', channel: 'ads', from: 'optin', at: 'optin_at' }],
  events: [
    {
      event: 'bought',
      where: [{ from: 'status', op: 'equals', value: 'paid' }],
      person: { email: { from: 'email' } },
      time: { from: 'ordered_at' },
      properties: { amount: { from: 'total' }, place: { from: 'city' } },
    },
  ],
})

describe('mappedFields', () => {
  it('names every source field that the mappings of the stream use, once', () => {
    expect(mappedFields([mapping], { connection: 'shop', stream: 'orders' })).toEqual([
      'city',
      'country',
      'email',
      'mobile',
      'optin',
      'optin_at',
      'ordered_at',
      'phone',
      'status',
      'total',
    ])
  })

  it('names nothing for a stream that no mapping uses', () => {
    expect(mappedFields([mapping], { connection: 'shop', stream: 'people' })).toEqual([])
  })
})
