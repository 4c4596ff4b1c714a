import { z } from 'zod'
import type { Rule } from '../../../core/segment/rule.ts'
import { asIs } from './wire.ts'

/** A rule as data, as in a segment's manifest. */
export const ruleContract = asIs<Rule>('A rule as data, as in the manifest of a segment')

/** Whom a question is about: a segment in force, or a rule that is not saved. */
export interface AskedRule {
  /** Name of a segment in force; with `text`, what the draft is called in messages. */
  readonly segment?: string
  /** A rule as text or JSON, or a segment's manifest. */
  readonly text?: string
}
/** Room for a list of 10,000 values in a body of 1 MiB. */
export const mostRuleCharacters = 900_000
export const askedRuleFields = {
  segment: z.string().min(1).max(512).exactOptional(),
  text: z.string().min(1).max(mostRuleCharacters).exactOptional(),
}
