import { afterEach, describe, expect, it } from 'vitest'
import type { MatchModel } from '../../../core/identity/match-model.ts'
import { matchingSchema } from '../../../core/identity/matching.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { dropMatching, matchRecords } from '../../../hub-server/warehouse/matching/match-records.ts'
import { openLabelled, type LabelledRecords } from '../../support/labelled-records.ts'

const open: DuckDb[] = []
afterEach(() => {
  for (const duckdb of open.splice(0)) duckdb.close()
})

/** Two people each: the same birthday and a name that is only heard alike, and three others. */
function records(candidates: unknown[]): LabelledRecords {
  const pairs = [
    ['Stephen Philips', 'Steven Phillips'],
    ['Catherine Smith', 'Katherine Smyth'],
    ['Мария Иванова', 'Анна Петрова'],
  ]
  const others = [
    { given: 'Robert', family: 'Dubois' },
    { given: 'Julia', family: 'Lambert' },
    { given: 'Oscar', family: 'Novak' },
  ]
  const rows = [
    ...pairs.flatMap((names, index) =>
      names.map((name) => {
        const [given = '', family = ''] = name.split(' ')
        return { given, family, birthday: `198${index}-04-0${index + 1}` }
      }),
    ),
    ...others.map((name, index) => ({ ...name, birthday: `19${50 + index}-11-11` })),
  ]
  const levels = ['exact', { sounds_like: 'metaphone' }, { jaro_winkler: 0.9 }]
  return {
    name: 'heard alike',
    rows,
    truth: rows.map((_, index) => (index < 2 * pairs.length ? `pair ${Math.floor(index / 2)}` : `${index}`)),
    matching: matchingSchema.parse({
      compare: [
        { on: 'given', levels },
        { on: 'family', levels },
        { on: 'birthday', levels: ['exact'] },
      ],
      candidates,
      certain: [['given', 'family', 'birthday']],
      train: [['birthday'], [{ on: 'family', sounds_like: 'soundex' }]],
      threshold: 60,
    }),
  }
}

async function scored(candidates: unknown[]): Promise<{ x: number; y: number }[]> {
  const heard = records(candidates)
  const { duckdb, source } = await openLabelled(heard)
  open.push(duckdb)
  const model: MatchModel = {
    prior: 0.01,
    comparisons: heard.matching.compare.map(({ levels }) => ({
      m: [0.05, ...levels.map(() => 0.95 / levels.length)],
      u: [0.97, ...levels.map(() => 0.03 / levels.length)],
    })),
  }
  await matchRecords(duckdb, source, heard.matching, { model })
  const pairs = await duckdb.all<{ x: number; y: number }>(`SELECT x, y FROM scored_pair ORDER BY x, y`)
  await dropMatching(duckdb)
  const left = await duckdb.all(`SELECT table_name FROM duckdb_tables() WHERE temporary`)
  expect(left).toEqual([])
  return pairs
}

describe('names that sound alike', () => {
  it('bring records together as a candidate key, and count as a level', async () => {
    expect(await scored([[{ on: 'family', sounds_like: 'metaphone' }]])).toEqual([
      { x: 0, y: 1 },
      { x: 2, y: 3 },
    ])
  })

  it('do not bring together what is written in letters that the rules cannot read', async () => {
    const pairs = await scored([[{ on: 'given', sounds_like: 'soundex' }], ['birthday']])
    expect(pairs).not.toContainEqual({ x: 4, y: 5 })
  })

  it('leave the start of the sound to a key, too', async () => {
    const pairs = await scored([[{ on: 'given', sounds_like: 'nysiis', start: 4 }]])
    expect(pairs).toContainEqual({ x: 0, y: 1 })
  })
})
