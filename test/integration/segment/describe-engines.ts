import { afterAll, beforeAll, describe } from 'vitest'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'
import { ruleEngines } from './rule-engines.ts'

/** What tests of an engine get. `engine` may be called inside of tests; `share`: the part of random rules it takes by default. */
interface EngineUnderTest {
  readonly engine: () => RuleEngine
  readonly share: number
}

/** Registers tests for every engine, opened once; they are skipped, and say why, for one that is not installed. */
export function describeEngines(
  subject: string,
  moment: RuleMoment,
  tests: (tested: EngineUnderTest) => void,
): void {
  for (const { title, open, share, missing } of ruleEngines) {
    describe.skipIf(missing !== undefined)(`${title}: ${subject}`, () => {
      let engine: RuleEngine
      beforeAll(async () => {
        engine = await open(moment)
      })
      afterAll(() => engine.close())
      tests({ engine: () => engine, share })
    })
  }
}
