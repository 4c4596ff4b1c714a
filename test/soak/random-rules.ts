/**
 * `npm run test:rules -- [--rules 20000] [--people 1000] [--seed 1]`: random rules over random people, in the reference evaluator and in
 * every engine: together, each alone, and, where the engine follows changes, after some people changed and time went by. Prints each
 * difference with the seed that gives it again, and at last the counts as JSON; exits 1 when there was any difference. An engine that is
 * not installed is named and left out.
 */
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import type { Rule } from '../../core/segment/rule.ts'
import { compareMembers, findDifferences, type Difference } from '../integration/segment/find-differences.ts'
import type { Members } from '../integration/segment/members.ts'
import { randomChange } from '../integration/segment/random-change.ts'
import { randomSegments } from '../integration/segment/random-rule.ts'
import { populationOf, worldAsOf, worldSchema } from '../integration/segment/random-world.ts'
import { referenceMembers } from '../integration/segment/reference-members.ts'
import type { PeopleChange, RuleEngine } from '../integration/segment/rule-engine.ts'
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
const mostChanged = 30

const counts = {
  rules: 0,
  people,
  // Rules that somebody meets and somebody does not: the others tell engines apart less often.
  dividing_rules: 0,
  memberships: 0,
  // For each engine, rules that were also followed from people as they were before, by looking only at those who changed.
  incremental_rules: new Map<string, number>(),
  differences: 0,
  seconds: 0,
}

function tell(): string {
  const { incremental_rules: followed } = counts
  return JSON.stringify({
    engines: ['reference', ...engines.keys()],
    ...counts,
    incremental_rules: Object.fromEntries(followed),
  })
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
  const [after = []] = fc.sample(populationOf(people), { seed, numRuns: 1 })
  const [segments = new Map()] = fc.sample(randomSegments(rulesPerRound), { seed, numRuns: 1 })
  const expected = referenceMembers(segments, after, moment)
  const [change = never()] = fc.sample(randomChange(after, mostChanged), { seed, numRuns: 1 })
  for (const [name, engine] of engines) {
    const differences = [
      ...(await followChange([name, engine], { change, segments, expected })),
      ...(await findDifferences(engine, segments, expected)),
    ]
    counts.differences += differences.length
    for (const difference of differences)
      process.stdout.write(`${JSON.stringify({ seed, engine: name, ...difference })}\n`)
  }
  const sizes = Object.values(expected).map((members) => members.length)
  counts.rules += segments.size
  counts.memberships += sizes.reduce((sum, size) => sum + size, 0)
  counts.dividing_rules += sizes.filter((size) => size > 0 && size < people).length
}

/** Leaves the engine with the people as they are now. */
async function followChange(
  [name, engine]: readonly [string, RuleEngine],
  {
    change,
    segments,
    expected,
  }: { change: PeopleChange; segments: ReadonlyMap<string, Rule>; expected: Members },
): Promise<Difference[]> {
  const followed = await engine.followChange?.(change, segments)
  if (!followed) {
    await engine.store(change.after)
    return []
  }
  if (followed.scope === 'touched') {
    const known = counts.incremental_rules.get(name) ?? 0
    counts.incremental_rules.set(name, known + segments.size)
  }
  return compareMembers('changed', segments, { told: followed.members, expected })
}

function never(): never {
  throw new Error('a sample of one is empty')
}

const startedAt = performance.now()
const engines = await openEngines()
for (let round = 0; counts.rules < rules; round += 1) {
  await tryRound(firstSeed + round, engines)
  counts.seconds = Math.round((performance.now() - startedAt) / 1000)
  if (round % 40 === 39) process.stderr.write(`${tell()}\n`)
}
for (const engine of engines.values()) engine.close()
process.stdout.write(`${tell()}\n`)
process.exitCode = counts.differences === 0 ? 0 : 1
