import { expect, it } from 'vitest'
import { md5Hex } from '../../../core/segment/md5.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { joinSql, sql, type Sql } from '../../../core/sql/sql.ts'
import { describeDialects } from './engines.ts'
import { hostileNames, hostileTexts } from './escape-corpus.ts'

const text = (value: string): Sql => sql`${{ type: 'text', value }}`

describeDialects((dialect, engine) => {
  it('gives every hostile text back as it was, as a value', async () => {
    for (const hostile of hostileTexts)
      expect(await engine().select(sql`SELECT ${text(hostile)}`)).toBe(hostile)
  })

  it('takes every hostile text as the name of a column', async () => {
    for (const hostile of hostileNames)
      expect(await engine().roundTrip(quoteName(dialect, hostile), hostile)).toBe(hostile)
  })

  it('finds every hostile text literally by equality, part, start, end and list', async () => {
    for (const hostile of hostileTexts) {
      const around = [hostile, `x${hostile}y`, 'x']
      const column = sql`v`
      expect(await engine().ask(sql`v = ${text(hostile)}`, 'text', around)).toEqual([
        true,
        false,
        hostile === 'x',
      ])
      expect(await engine().ask(dialect.textContains(column, text(hostile)), 'text', around)).toEqual([
        true,
        true,
        false,
      ])
      expect(
        await engine().ask(dialect.textStartsWith(column, text(hostile)), 'text', [
          hostile,
          `${hostile}y`,
          `x`,
        ]),
      ).toEqual([true, true, false])
      expect(
        await engine().ask(dialect.textEndsWith(column, text(hostile)), 'text', [
          hostile,
          `x${hostile}`,
          `x`,
        ]),
      ).toEqual([true, true, false])
      const list = sql`${{ type: 'texts', value: ['other', hostile] }}`
      expect(await engine().ask(dialect.isOneOf(column, list), 'text', around)).toEqual([true, false, false])
      expect(
        await engine().ask(dialect.listHas(column, text(hostile)), 'list', [[hostile], [], ['x']]),
      ).toEqual([true, false, false])
      expect(
        await engine().ask(dialect.listHasAny(column, list), 'list', [['a', hostile], [], ['x']]),
      ).toEqual([true, false, false])
      expect(
        await engine().ask(dialect.listHasOnly(column, list), 'list', [
          [hostile, 'other'],
          ['a', hostile],
          [],
        ]),
      ).toEqual([true, false, true])
    }
  })

  it('binds numbers exactly, whole and large ones too', async () => {
    for (const value of [0.1, 0.1 + 0.2, 1, -0, 2 ** 53, 1e15, 1e300, -5e-324, 1.7976931348623157e308]) {
      const sent = await engine().select(sql`SELECT ${{ type: 'number', value }}`)
      expect(sent).toBe(Object.is(value, -0) ? 0 : value)
    }
    const numbers = sql`${{ type: 'numbers', value: [1, 2.5] }}`
    expect(await engine().ask(dialect.isOneOf(sql`v`, numbers), 'number', [1, 2.5, 2, undefined])).toEqual([
      true,
      true,
      false,
      null,
    ])
  })

  it('binds days and instants exactly', async () => {
    const day = sql`v = ${{ type: 'date', value: -25567n }}`
    expect(await engine().ask(day, 'date', [-25567n, -25566n])).toEqual([true, false])
    const instant = sql`v = ${{ type: 'datetime', value: 253402300799999999n }}`
    expect(await engine().ask(instant, 'datetime', [253402300799999999n, 253402300799999998n])).toEqual([
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
    expect(await engine().select(sql`SELECT ${dialect.bitOrAggregate(sql`b`)} FROM (${rows}) AS t`)).toBe(
      (1n << 61n) | 1n,
    )
    expect(await engine().select(sql`SELECT ${dialect.bitAnd(dialect.bigint(6n), dialect.bigint(3n))}`)).toBe(
      2n,
    )
    expect(await engine().select(sql`SELECT ${dialect.bitOr(dialect.bigint(6n), dialect.bigint(3n))}`)).toBe(
      7n,
    )
    expect(
      await engine().ask(
        sql`${dialect.floor(sql`v`)} = ${{ type: 'number', value: -2 }}`,
        'number',
        [-1.5, -2, -1],
      ),
    ).toEqual([true, true, false])
  })

  it('finds patterns as RE2 does, and lower-cases A to Z alone', async () => {
    const found = dialect.textMatches(sql`v`, text('(?s)^[^a-c].\\d$'))
    expect(await engine().ask(found, 'text', ['é\n7', 'x𝒳1', 'ab1', 'é\n७', undefined])).toEqual([
      true,
      true,
      false,
      false,
      null,
    ])
    for (const hostile of hostileTexts)
      expect(await engine().select(sql`SELECT ${dialect.lowerAscii(text(hostile))}`)).toBe(
        hostile.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
      )
  })

  it('tells lists without texts', async () => {
    expect(await engine().ask(dialect.listIsEmpty(sql`v`), 'list', [[], [''], ['a', 'b']])).toEqual([
      true,
      false,
      false,
    ])
  })

  it('counts microseconds, days, months and weekdays on both sides of 1970', async () => {
    const moments = [-1n, 0n, 86_399_999_999n, 951_782_400_000_000n]
    const holds = (test: Sql): Promise<(boolean | null)[]> => engine().ask(test, 'datetime', moments)
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

  it('reads days from the year 1 to 9999, and counts what lies between them', async () => {
    const days = [-719_162n, -25_568n, -25_567n, 0n, 120_529n, 120_530n, 2_932_896n]
    const asked: readonly [Sql, readonly number[]][] = [
      [dialect.dayAsNumber(sql`v`), [10_101, 18991231, 19000101, 19700101, 22991231, 23000101, 99991231]],
      [dialect.monthDay(sql`v`), [101, 1231, 101, 101, 1231, 101, 1231]],
      [dialect.month(sql`v`), [1, 12, 1, 1, 12, 1, 12]],
      [dialect.weekday(sql`v`), [1, 7, 1, 4, 7, 1, 5]],
      [dialect.daysBetween(sql`${{ type: 'date', value: -1n }}`, sql`v`), days.map((day) => Number(day) + 1)],
    ]
    for (const [told, expected] of asked)
      for (const [index, value] of expected.entries())
        expect(
          await engine().ask(sql`${told} = ${{ type: 'number', value }}`, 'date', [days[index], undefined]),
        ).toEqual([true, null])
    const micros = days.map((day) => day * 86_400_000_000n + 86_399_999_999n)
    const inDay = sql`${dialect.daysBetween(sql`${{ type: 'date', value: 0n }}`, dialect.dayOf(sql`v`))}`
    for (const [index, day] of days.entries())
      expect(
        await engine().ask(sql`${inDay} = ${{ type: 'number', value: Number(day) }}`, 'datetime', [
          micros[index],
        ]),
      ).toEqual([true])
    const between = dialect.microsBetween(sql`${{ type: 'datetime', value: 1n }}`, sql`v`)
    expect(
      await engine().ask(sql`${between} = ${{ type: 'number', value: -2 }}`, 'datetime', [-1n, undefined]),
    ).toEqual([true, null])
  })

  it('leaves out what is no finite number', async () => {
    const inverse = dialect.finite(sql`${{ type: 'number', value: 1 }} / v`)
    expect(
      await engine().ask(sql`${inverse} = ${{ type: 'number', value: 0.5 }}`, 'number', [2, 4, 0, undefined]),
    ).toEqual([true, false, null, null])
  })

  it('digests texts and writes whole numbers', async () => {
    for (const hostile of hostileTexts)
      expect(await engine().select(sql`SELECT ${dialect.md5Hex(text(hostile))}`)).toBe(md5Hex(hostile))
    const number = dialect.integerText(dialect.bigint(9_007_199_254_740_993n))
    expect(await engine().select(sql`SELECT ${number}`)).toBe('9007199254740993')
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
    expect(await engine().select(sql`SELECT ${dialect.valueAtEarliest(x, t, id)} FROM (${table}) AS r`)).toBe(
      'within',
    )
    expect(await engine().select(sql`SELECT ${dialect.valueAtLatest(x, t, id)} FROM (${table}) AS r`)).toBe(
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
