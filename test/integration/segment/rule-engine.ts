import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { Members } from './members.ts'

/** What rules are evaluated for. `asOf` in epoch milliseconds. */
export interface RuleMoment {
  readonly schema: ProfileSchema
  readonly asOf: number
}

/** People as they were and as they are; those at the `changed` places differ. The first was evaluated at `from`, epoch milliseconds. */
export interface PeopleChange {
  readonly before: readonly Person[]
  readonly after: readonly Person[]
  readonly changed: readonly number[]
  readonly from: number
}

/** A real engine that evaluates rules over people, as the tests of agreement need it. */
export interface RuleEngine {
  /** Replaces what it holds by these people; the first has profile id 1. */
  store(people: readonly Person[]): Promise<void>
  /** Evaluates segments together and keeps the memberships. */
  together(segments: ReadonlyMap<string, Rule>): Promise<Members>
  /** Evaluates each rule by a statement of its own, over the memberships that `together` kept. */
  alone(segments: ReadonlyMap<string, Rule>): Promise<Members>
  /**
   * Evaluates segments together over everybody as they were, and then looks only at those who changed and whom time alone may have moved.
   * Absent where the engine cannot. `scope`: whether it did look at those alone.
   */
  followChange?(
    change: PeopleChange,
    segments: ReadonlyMap<string, Rule>,
  ): Promise<{ readonly members: Members; readonly scope: 'everybody' | 'touched' }>
  /** Whether the first person is in the segment, as the engine's explanation says; absent where it has none. */
  explain?(segment: string, segments: ReadonlyMap<string, Rule>): Promise<boolean>
  close(): void
}
