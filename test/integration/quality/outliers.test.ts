import { beforeEach, describe, expect, it } from 'vitest'
import {
  type RecordParts,
  aQuality,
  findings,
  people,
  pull,
  startAnew,
  underChecks,
} from './checked-store.ts'

beforeEach(startAnew)

const crowd = (count: number): RecordParts[] =>
  Array.from({ length: count }, (_, at) => [
    `p${at}`,
    { email: `p${at}@example.com`, points: 40 + (at % 20), visits: at % 7 },
  ])

describe('outliers', () => {
  it.each(['z_score', 'iqr', 'mad'] as const)('by %s are those far from all others', async (by) => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by } }, action: 'drop' }]))
    await pull(store, ...crowd(100), ['far', { email: 'far@example.com', points: 4000 }])
    expect(await findings()).toEqual([
      {
        id: 'far',
        target: 'points',
        check_name: 'outlier',
        action: 'drop',
        code: 'outlier',
        suggestion: null,
      },
    ])
  })

  it('that come later are judged by what was learned first', async () => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by: 'iqr' } } }]))
    await pull(store, ...crowd(100))
    await pull(
      store,
      ['far', { email: 'far@example.com', points: 4000 }],
      ['near', { email: 'n@example.com', points: 50 }],
    )
    expect(await findings()).toMatchObject([{ id: 'far' }])
  })

  it('are found alike whether records come at once or in parts that double them', async () => {
    const manifest = aQuality([{ on: 'points', check: { outlier: { by: 'z_score' } } }])
    const all = [...crowd(120), ['far', { email: 'far@example.com', points: 400 }] as RecordParts]
    const parts = await underChecks(manifest)
    await pull(parts, ...all.slice(0, 30))
    await pull(parts, ...all.slice(30))
    const inParts = await findings()
    await startAnew()
    await pull(await underChecks(manifest), ...all)
    expect(inParts).toEqual(await findings())
    expect(inParts).toHaveLength(1)
  })

  it('are not called where too little is known', async () => {
    const store = await underChecks(aQuality([{ on: 'points', check: { outlier: { by: 'mad' } } }]))
    await pull(store, ...crowd(5), ['far', { email: 'far@example.com', points: 4000 }])
    expect(await findings()).toEqual([])
  })

  it('by an isolation forest are records whose numbers do not go together', async () => {
    const store = await underChecks(
      aQuality([
        { on: ['points', 'visits'], check: { isolation_forest: { share: 0.005 } }, action: 'quarantine' },
      ]),
    )
    await pull(store, ...crowd(199), ['far', { email: 'far@example.com', points: 900, visits: 90 }])
    expect(await findings()).toMatchObject([{ id: 'far', action: 'quarantine', target: 'points + visits' }])
    expect(await people('count(*)::INTEGER AS n')).toEqual([{ n: 199 }])
  })
})
