import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { learnChances } from '../../../core/identity/learn-chances.ts'

const folder = new URL('../../data/linkage/', import.meta.url)
const readJson = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const lists = z.array(z.array(z.number()))
const { patterns } = z.object({ patterns: lists }).parse(readJson('fake_1000-patterns.json'))
const cases = z
  .record(
    z.string(),
    z.object({
      input: z.object({
        lambda0: z.number(),
        m0: lists,
        u0: lists,
        fixU: z.boolean(),
        iterations: z.number().optional(),
        tolerance: z.number().optional(),
      }),
      expect: z.object({ lambda: z.number(), m: lists }),
    }),
  )
  .parse(readJson('expectation-maximisation.json'))

describe('expectation maximisation', () => {
  it.each(Object.entries(cases))('gives what numpy gives: %s', (_id, { input, expect: expected }) => {
    const { model, logLikelihoods } = learnChances(
      patterns.map((pattern) => ({ levels: pattern.slice(0, -1), pairs: pattern.at(-1) ?? 0 })),
      { prior: input.lambda0, comparisons: input.m0.map((m, index) => ({ m, u: input.u0[index] ?? [] })) },
      { iterations: input.iterations ?? 10_000, tolerance: input.tolerance ?? 0, fixU: input.fixU },
    )
    expect(model.prior).toBeCloseTo(expected.lambda, 8)
    for (const [index, m] of expected.m.entries())
      for (const [level, chance] of m.entries())
        expect(model.comparisons[index]?.m[level]).toBeCloseTo(chance, 6)
    for (const [index, likelihood] of logLikelihoods.entries())
      expect(likelihood).toBeGreaterThanOrEqual((logLikelihoods[index - 1] ?? -Infinity) - 1e-6)
  })

  it('leaves alone what no pattern knows', () => {
    const start = { prior: 0.3, comparisons: [{ m: [0.2, 0.8], u: [0.9, 0.1] }] }
    const { model } = learnChances([{ levels: [-1], pairs: 10 }], start, { iterations: 5, fixU: false })
    expect(model.comparisons).toEqual(start.comparisons)
  })
})
