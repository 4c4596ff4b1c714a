/**
 * `npm run test:rules -- [--rules 20000] [--people 1000] [--seed 1]`: random rules over random people, in the reference evaluator and in
 * every engine, each rule together with others and alone. Prints each difference with the seed that gives it again, and at last the
 * counts as JSON; exits 1 when there was any. An engine that is not installed is named and left out.
 */
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { findDifferences } from '../integration/segment/find-differences.ts'
import { randomSegments } from '../integration/segment/random-rule.ts'
import { populationOf, worldAsOf, worldSchema } from '../integration/segment/random-world.ts'
import { referenceMembers } from '../integration/segment/reference-members.ts'
import type { RuleEngine } from '../integration/segment/rule-engine.ts'
import { ruleEngines } from '../integration/segment/rule-engines.ts'

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: '20000' },
    people: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
})
const [rules, people, firstSeed] = [Number(values.rules), Number(values.people), Number(values.seed)]
const moment = { schema: worldSchema, asOf: worldAsOf }
const rulesPerRound = 25

const counts = {
  rules: 0,
  people,
  // Rules that somebody meets and somebody does not: the others tell engines apart less often.
  dividingRules: 0,
  memberships: 0,
  differences: 0,
  seconds: 0,
}

async function openEngines(): Promise<Map<string, RuleEngine>> {
  const opened = new Map<string, RuleEngine>()
  for (const { name, open, missing } of ruleEngines) {
    if (missing === undefined) opened.set(name, await open(moment))
    else process.stdout.write(`${name} ${missing}\n`)
  }
  return opened
}

/** One population and 25 rules, which may refer to each other. */
async function tryRound(seed: number, engines: ReadonlyMap<string, RuleEngine>): Promise<void> {
  const [population = []] = fc.sample(populationOf(people), { seed, numRuns: 1 })
  const [segments = new Map()] = fc.sample(randomSegments(rulesPerRound), { seed, numRuns: 1 })
  const expected = referenceMembers(segments, population, moment)
  for (const [name, engine] of engines) {
    await engine.store(population)
    for (const difference of await findDifferences(engine, segments, expected)) {
      counts.differences += 1
      process.stdout.write(`${JSON.stringify({ seed, engine: name, ...difference })}\n`)
    }
  }
  counts.rules += segments.size
  for (const members of Object.values(expected)) {
    counts.memberships += members.length
    if (members.length > 0 && members.length < people) counts.dividingRules += 1
  }
}

const startedAt = performance.now()
const engines = await openEngines()
for (let round = 0; counts.rules < rules; round += 1) {
  await tryRound(firstSeed + round, engines)
  counts.seconds = Math.round((performance.now() - startedAt) / 1000)
  if (round % 40 === 39) process.stderr.write(`${JSON.stringify(counts)}\n`)
}
for (const engine of engines.values()) engine.close()
process.stdout.write(`${JSON.stringify({ engines: ['reference', ...engines.keys()], ...counts })}\n`)
process.exitCode = counts.differences === 0 ? 0 : 1
