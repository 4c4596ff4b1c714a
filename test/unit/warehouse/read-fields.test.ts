import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFieldsReader } from '../../../hub-server/warehouse/profile/read-fields.ts'

/** Rows of one stream: some share their keys, some values need escaping, are no texts, or look like what stands between values. */
const rows = fc.array(
  fc.oneof(
    fc.record({
      id: fc.string(),
      email: fc.string(),
      note: fc.constantFrom('', '","', '\\', '"}', 'é', '\u0001'),
    }),
    fc.record({ id: fc.string(), email: fc.oneof(fc.string(), fc.integer(), fc.constant(null)) }),
    fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
    fc.constant({}),
  ),
  { maxLength: 12 },
)

describe('reading the fields of stored records', () => {
  it('gives what JSON.parse gives, whatever rows came before and stand around', () =>
    fc.assert(
      fc.property(rows, (objects) => {
        const read = createFieldsReader()
        const texts = objects.map((object) => JSON.stringify(object))
        const block = `"}${texts.join('"}')}"}`
        let from = 2
        for (const text of texts) {
          expect(read(block, from, from + text.length)).toEqual(JSON.parse(text))
          from += text.length + 2
        }
      }),
    ))

  it('keeps a key that JavaScript would take for the prototype out of it', () => {
    const read = createFieldsReader()
    const text = '{"a":"1","__proto__":"x"}'
    for (let turn = 0; turn < 2; turn += 1) expect(JSON.stringify(read(text, 0, text.length))).toBe(text)
  })

  it('gives no fields for what is no object', () => {
    expect(createFieldsReader()('[1]', 0, 3)).toEqual({})
  })
})
