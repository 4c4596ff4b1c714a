import { randomUUID } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { isPicked } from '../../core/manifest/picked-segment.ts'
import type { PickAction } from '../../core/membership/picked-rule.ts'
import { checkName } from '../../core/segment/check-name.ts'
import type { PickAnswer } from '../api/contract/pick.ts'
import type { OpenWorkspace } from '../hub.ts'

/** What a person asks for. */
interface PickRequest {
  readonly segment: string
  /** A profile id or any identifier, as a person types it. */
  readonly person: string
  readonly action: PickAction
  /** "cli:ada". */
  readonly actor: string
  /** Of what is asked, for errors: "affluent segments pick". */
  readonly act: string
}

/**
 * Puts a person into a hand-picked segment or takes them out, and brings memberships up to date. Noted in the audit log. Throws
 * `segment.unknown_name`, `segment.not_picked`, `run.profile_unknown` and `segment.pick_nameless`.
 */
export async function notePick(
  open: OpenWorkspace,
  { segment, person, action, actor, act }: PickRequest,
): Promise<PickAnswer> {
  const { workspace, rights, picks, profiles, segments, control, clock } = open
  const manifest = workspace.segments.get(segment)
  if (!manifest) {
    const [fault] = checkName('segment', segment, workspace.segments.keys(), [])
    const params = fault?.params ?? { kind: 'segment', name: segment.slice(0, 64) }
    throw new AffluentError('segment.unknown_name', { act, ...params })
  }
  if (!isPicked(manifest)) throw new AffluentError('segment.not_picked', { act, segment })
  const profileId = await rights.findPerson(person)
  if (profileId === undefined) throw new AffluentError('run.profile_unknown', { act })
  const at = clock.now()
  await picks.note([{ id: `hand:${randomUUID()}`, segment, action, subject: { profileId }, at, by: actor }])
  await control.appendAudit({
    at,
    actor,
    action: `segment_${action}`,
    object: `profile/${profileId}`,
    details: { segment },
  })
  await profiles.refresh([...workspace.mappings.values()], {})
  const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
  await segments.evaluateTouched(rules, Math.max(clock.now(), at + 1))
  const since = await segments.membershipSince(profileId, segment)
  return { segment, profileId, action, isMember: since !== undefined }
}
