import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { Members } from './members.ts'

/** What rules are evaluated for. `asOf` in epoch milliseconds. */
export interface RuleMoment {
  readonly schema: ProfileSchema
  readonly asOf: number
}

/** A real engine that evaluates rules over people, as the tests of agreement need it. */
export interface RuleEngine {
  /** Replaces what it holds by these people; the first has profile id 1. */
  store(people: readonly Person[]): Promise<void>
  /** Evaluates segments together and keeps the memberships. */
  together(segments: ReadonlyMap<string, Rule>): Promise<Members>
  /** Evaluates each rule by a statement of its own, over the memberships that `together` kept. */
  alone(segments: ReadonlyMap<string, Rule>): Promise<Members>
  /** Whether the first person is in the segment, as the engine's explanation says; absent where it has none. */
  explain?(segment: string, segments: ReadonlyMap<string, Rule>): Promise<boolean>
  close(): void
}
