import { describe, expect, expectTypeOf, it } from 'vitest'
import { quoteName } from '../../../core/sql/dialect.ts'
import { joinSql, renderSql, sql, sqlKey, type SqlInsert } from '../../../core/sql/sql.ts'

const dialect = { placeholder: (position: number, type: string) => `{p${position}:${type}}` }

const at = (value: bigint) => sqlKey(sql`t > ${{ type: 'datetime', value }}`)

const quoted = (name: string, escape: 'double' | 'backslash') =>
  quoteName({ nameQuote: { open: '`', close: '`', escape } }, name).parts

describe('sql', () => {
  it('binds values and never writes them into the text', () => {
    const condition = sql`name = ${{ type: 'text', value: "'; DROP TABLE x" }}`
    const both = sql`SELECT ${joinSql([condition, sql`n > ${{ type: 'number', value: 3 }}`], ' AND ')}`
    expect(renderSql(both, dialect)).toEqual({
      text: 'SELECT name = {p1:text} AND n > {p2:number}',
      values: [
        { type: 'text', value: "'; DROP TABLE x" },
        { type: 'number', value: 3 },
      ],
    })
  })

  it('takes no plain string, so that a value cannot become text by mistake', () => {
    expectTypeOf<string>().not.toMatchTypeOf<SqlInsert>()
  })

  it('has one identity for equal text and values, and another for others', () => {
    expect(at(1n)).toBe(at(1n))
    expect(at(1n)).not.toBe(at(2n))
    expect(sqlKey(sql`a ${{ type: 'text', value: '1' }}`)).not.toBe(
      sqlKey(sql`a ${{ type: 'number', value: 1 }}`),
    )
    expect(sqlKey(sql`a`)).not.toBe(sqlKey(sql`${{ type: 'text', value: 'a' }}`))
  })
})

describe('quoteName', () => {
  it('doubles the closing quote, or puts a backslash before it, as the dialect declares', () => {
    expect(quoted('a`b\\', 'double')).toEqual(['`a``b\\`'])
    expect(quoted('a`b\\', 'backslash')).toEqual(['`a\\`b\\\\`'])
  })
})
