import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv, toCsvLine } from '../../../../connectors/salesforce/csv.ts'
import { readApiUsage } from '../../../../connectors/salesforce/limit-info.ts'
import { personObjectOf, toId18 } from '../../../../connectors/salesforce/salesforce-id.ts'
import { toLongId } from '../../../../connectors/salesforce/sandbox/record-id.ts'
import { parseSoql } from '../../../../connectors/salesforce/sandbox/soql-parser.ts'
import {
  chunkValues,
  encodedLength,
  longestQuery,
  soqlIn,
  soqlText,
} from '../../../../connectors/salesforce/soql.ts'

describe('ids', () => {
  it('trap 28: gives each id of 15 characters the same 18 as the sandbox, which computes it in its own way', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9]{15}$/), (id) => toId18(id) === toLongId(id)))
    expect(toId18('00D5g000004ABCD')).toBe('00D5g000004ABCDEA4')
  })

  it('tells contacts, leads and others apart', () => {
    expect(['0035g0000000001', '00Q5g0000000001', '0065g0000000001', 'x'].map(personObjectOf)).toEqual([
      'Contact',
      'Lead',
      undefined,
      undefined,
    ])
  })
})

describe('SOQL', () => {
  it('any text comes out of a literal as it went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const where = parseSoql(`SELECT Id FROM Contact WHERE Name = ${soqlText(text)}`)?.where
        expect(where).toMatchObject({ value: text })
      }),
    )
  })

  it('every list fits into an address, holds at most 200 values and loses none', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 80 }), { maxLength: 600 }), (values) => {
        const head = 'SELECT Id FROM Contact WHERE '
        const chunks = chunkValues(values, encodedLength(head))
        expect(chunks.flat()).toEqual(values)
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(200)
          expect(encodedLength(head + soqlIn('Email', chunk))).toBeLessThan(longestQuery + 200)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('CSV', () => {
  it('any cells come out as they went in', () => {
    const cells = fc.array(fc.string(), { minLength: 2, maxLength: 2 })
    fc.assert(
      fc.property(fc.array(cells, { minLength: 1, maxLength: 5 }), (rows) => {
        const text = toCsvLine(['a', 'b']) + rows.map(toCsvLine).join('')
        expect(parseCsv(text).map(({ a, b }) => [a, b])).toEqual(rows)
      }),
    )
  })

  it.each([
    ['a,b\n1,\n', [{ a: '1', b: '' }]],
    [
      'a,b\r\n1,2\r\n3,4',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['a,b\n', []],
    ['', []],
  ])('reads %j', (text, rows) => {
    expect(parseCsv(text)).toEqual(rows)
  })
})

describe('Sforce-Limit-Info', () => {
  it.each([
    ['api-usage=1234/100000', { used: 1234, max: 100_000 }],
    ['api-bursts=3/100; api-usage=5/10; per-app-api-usage=1/2(appName=x)', { used: 5, max: 10 }],
    ['per-app-api-usage=17/250(appName=sample-connected-app)', undefined],
    ['api-usage=x/y', undefined],
    ['api-usage=1/0', undefined],
    ['', undefined],
  ])('reads %j', (value, usage) => {
    expect(readApiUsage({ 'sforce-limit-info': value })).toEqual(usage)
  })
})
