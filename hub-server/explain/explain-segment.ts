import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ExplainedNode, MembershipSpan, SegmentQuestion } from '../../core/port/segment-insight.ts'
import type { OpenWorkspace } from '../hub.ts'

/** Why one person is, or is not, in a segment, saved or not. */
export interface SegmentExplanation {
  readonly profileId: string
  /** True when the rule is true for the person at the moment. */
  readonly isMember: boolean
  /** The instant the rule is evaluated at, epoch milliseconds. */
  readonly asOf: number
  readonly rule: ExplainedNode
  /** How the stored membership went, the latest first; empty for a draft. */
  readonly history: readonly MembershipSpan[]
}

/** Throws `run.profile_unknown`. */
export async function explainSegment(
  { profiles, insight }: OpenWorkspace,
  person: string,
  question: SegmentQuestion,
): Promise<SegmentExplanation> {
  const profileId = await profiles.findProfileId(person)
  if (profileId === undefined) throw new AffluentError('run.profile_unknown', { act: 'affluent explain' })
  const [rule, spans] = await Promise.all([insight.explain(profileId, question), insight.spans(profileId)])
  return {
    profileId,
    isMember: rule.truth === true,
    asOf: question.asOf,
    rule,
    history: spans.filter(({ segment }) => segment === question.segment),
  }
}
