import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { md5Hex } from '../../../core/segment/md5.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { dialects } from '../../../core/sql/dialects/registry.ts'
import { joinSql, sql, type Sql } from '../../../core/sql/sql.ts'
import type { DialectEngine } from './dialect-engine.ts'
import { engines } from './engines.ts'
import { hostileNames, hostileTexts } from './escape-corpus.ts'

const text = (value: string): Sql => sql`${{ type: 'text', value }}`

describe.each(dialects)('$name', (dialect) => {
  let engine: DialectEngine
  beforeAll(async () => {
    const open = engines[dialect.name]
    if (!open) throw new Error(`test/conformance/dialect/engines.ts has no engine for ${dialect.name}`)
    engine = await open()
  })
  afterAll(() => engine.close())

  it('gives every hostile text back as it was, as a value', async () => {
    for (const hostile of hostileTexts)
      expect(await engine.select(sql`SELECT ${text(hostile)}`)).toBe(hostile)
  })

  it('takes every hostile text as the name of a column', async () => {
    for (const hostile of hostileNames)
      expect(await engine.roundTrip(quoteName(dialect, hostile), hostile)).toBe(hostile)
  })

  it('finds every hostile text literally by equality, part, start, end and list', async () => {
    for (const hostile of hostileTexts) {
      const around = [hostile, `x${hostile}y`, 'x']
      const column = sql`v`
      expect(await engine.ask(sql`v = ${text(hostile)}`, 'text', around)).toEqual([
        true,
        false,
        hostile === 'x',
      ])
      expect(await engine.ask(dialect.textContains(column, text(hostile)), 'text', around)).toEqual([
        true,
        true,
        false,
      ])
      expect(
        await engine.ask(dialect.textStartsWith(column, text(hostile)), 'text', [
          hostile,
          `${hostile}y`,
          `x`,
        ]),
      ).toEqual([true, true, false])
      expect(
        await engine.ask(dialect.textEndsWith(column, text(hostile)), 'text', [hostile, `x${hostile}`, `x`]),
      ).toEqual([true, true, false])
      const list = sql`${{ type: 'texts', value: ['other', hostile] }}`
      expect(await engine.ask(dialect.isOneOf(column, list), 'text', around)).toEqual([true, false, false])
      expect(
        await engine.ask(dialect.listHas(column, text(hostile)), 'list', [[hostile], [], ['x']]),
      ).toEqual([true, false, false])
      expect(await engine.ask(dialect.listHasAny(column, list), 'list', [['a', hostile], [], ['x']])).toEqual(
        [true, false, false],
      )
    }
  })

  it('binds numbers exactly, whole and large ones too', async () => {
    for (const value of [0.1, 0.1 + 0.2, 1, -0, 2 ** 53, 1e15, 1e300, -5e-324, 1.7976931348623157e308]) {
      const sent = await engine.select(sql`SELECT ${{ type: 'number', value }}`)
      expect(sent).toBe(Object.is(value, -0) ? 0 : value)
    }
    const numbers = sql`${{ type: 'numbers', value: [1, 2.5] }}`
    expect(await engine.ask(dialect.isOneOf(sql`v`, numbers), 'number', [1, 2.5, 2, undefined])).toEqual([
      true,
      true,
      false,
      null,
    ])
  })

  it('binds days and instants exactly', async () => {
    const day = sql`v = ${{ type: 'date', value: -25567n }}`
    expect(await engine.ask(day, 'date', [-25567n, -25566n])).toEqual([true, false])
    const instant = sql`v = ${{ type: 'datetime', value: 253402300799999999n }}`
    expect(await engine.ask(instant, 'datetime', [253402300799999999n, 253402300799999998n])).toEqual([
      true,
      false,
    ])
  })

  it('rounds down, packs bits and unites them', async () => {
    const bits = [1n << 61n, 1n << 61n, 1n]
    const rows = joinSql(
      bits.map((bit) => sql`SELECT ${dialect.bigint(bit)} AS b`),
      ' UNION ALL ',
    )
    expect(await engine.select(sql`SELECT ${dialect.bitOrAggregate(sql`b`)} FROM (${rows}) AS t`)).toBe(
      (1n << 61n) | 1n,
    )
    expect(await engine.select(sql`SELECT ${dialect.bitAnd(dialect.bigint(6n), dialect.bigint(3n))}`)).toBe(
      2n,
    )
    expect(await engine.select(sql`SELECT ${dialect.bitOr(dialect.bigint(6n), dialect.bigint(3n))}`)).toBe(7n)
    expect(
      await engine.ask(
        sql`${dialect.floor(sql`v`)} = ${{ type: 'number', value: -2 }}`,
        'number',
        [-1.5, -2, -1],
      ),
    ).toEqual([true, true, false])
  })

  it('finds patterns as RE2 does, and lower-cases A to Z alone', async () => {
    const found = dialect.textMatches(sql`v`, text('(?s)^[^a-c].\\d$'))
    expect(await engine.ask(found, 'text', ['é\n7', 'x𝒳1', 'ab1', 'é\n७', undefined])).toEqual([
      true,
      true,
      false,
      false,
      null,
    ])
    for (const hostile of hostileTexts)
      expect(await engine.select(sql`SELECT ${dialect.lowerAscii(text(hostile))}`)).toBe(
        hostile.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
      )
  })

  it('tells lists without texts', async () => {
    expect(await engine.ask(dialect.listIsEmpty(sql`v`), 'list', [[], [''], ['a', 'b']])).toEqual([
      true,
      false,
      false,
    ])
  })

  it('counts microseconds, days, months and weekdays on both sides of 1970', async () => {
    const moments = [-1n, 0n, 86_399_999_999n, 951_782_400_000_000n]
    const holds = (test: Sql): Promise<(boolean | null)[]> => engine.ask(test, 'datetime', moments)
    const all = [true, true, true, true]
    const micros = joinSql(
      moments.map((moment) => dialect.bigint(moment)),
      ', ',
    )
    expect(await holds(sql`${dialect.toMicros(sql`v`)} IN (${micros})`)).toEqual(all)
    const there = dialect.addMicros(sql`v`, dialect.bigint(-3_600_000_000n))
    expect(await holds(sql`${dialect.addMicros(there, dialect.bigint(3_600_000_000n))} = v`)).toEqual(all)
    const day = dialect.dayOf(sql`v`)
    // 31 December 1969, a Wednesday; 1 January 1970, a Thursday; 29 February 2000, a Tuesday.
    expect(await holds(sql`${dialect.monthDay(day)} = 1231`)).toEqual([true, false, false, false])
    expect(await holds(sql`${dialect.monthDay(day)} = 229`)).toEqual([false, false, false, true])
    expect(await holds(sql`${dialect.month(day)} = 1`)).toEqual([false, true, true, false])
    expect(await holds(sql`${dialect.weekday(day)} = 4`)).toEqual([false, true, true, false])
    expect(await holds(sql`${dialect.weekday(day)} = 2`)).toEqual([false, false, false, true])
  })

  it('digests texts and writes whole numbers', async () => {
    for (const hostile of hostileTexts)
      expect(await engine.select(sql`SELECT ${dialect.md5Hex(text(hostile))}`)).toBe(md5Hex(hostile))
    const number = dialect.integerText(dialect.bigint(9_007_199_254_740_993n))
    expect(await engine.select(sql`SELECT ${number}`)).toBe('9007199254740993')
  })

  it('takes the earliest and latest value by time, then by the tie-breaker in the order of code points', async () => {
    const rows = [
      ['𝒳', 1, 'beyond'],
      ['\uffff', 1, 'within'],
      ['a', 2, null],
      ['b', 0, null],
    ] as const
    const table = joinSql(
      rows.map(
        ([id, time, value]) =>
          sql`SELECT ${text(id)} AS id, ${{ type: 'number', value: time }} AS t, ${value === null ? sql`NULL` : text(value)} AS x`,
      ),
      ' UNION ALL ',
    )
    const [x, t, id] = [sql`x`, sql`t`, sql`id`]
    expect(await engine.select(sql`SELECT ${dialect.valueAtEarliest(x, t, id)} FROM (${table}) AS r`)).toBe(
      'within',
    )
    expect(await engine.select(sql`SELECT ${dialect.valueAtLatest(x, t, id)} FROM (${table}) AS r`)).toBe(
      'beyond',
    )
  })

  it.each(['', 'a\u0000b', 'a\nb', '\u007f', '\ud800'])(
    'refuses a name that no table of ours has: %j',
    (name) => {
      expect(() => quoteName(dialect, name)).toThrow('internal.unexpected')
    },
  )
})
