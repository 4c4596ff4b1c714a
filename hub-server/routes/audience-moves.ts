import { isDeepStrictEqual } from 'node:util'
import { isDeliverSync, type DeliverSyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import type { IdentityChange } from '../../core/port/identity-store.ts'
import type { AudienceMove } from '../api/contract/identity.ts'

type Placed = IdentityChange['after'][number]

/** The syncs whose audience would hold other people after a change of who is who. */
export function audienceMoves(
  { before, after }: IdentityChange,
  { syncs }: Pick<Workspace, 'syncs'>,
): readonly AudienceMove[] {
  return [...syncs.values()].filter(isDeliverSync).flatMap((sync) => {
    const held = before.flatMap((person) =>
      person.syncs.some((one) => one.sync === sync.name) ? [person.profile.profileId] : [],
    )
    const wanted = wantedIn(after, sync)
    return isDeepStrictEqual(held, wanted) ? [] : [{ sync: sync.name, held, wanted }]
  })
}

const membersOf = (people: readonly Placed[], segment: string): string[] =>
  people.flatMap((person) =>
    person.segments.some((one) => one.segment === segment) ? [person.profile.profileId] : [],
  )

/** Who is a member and allows what the sync needs; whether the platform can match them is found out when they are sent. */
function wantedIn(people: readonly Placed[], { segment, consent }: DeliverSyncManifest): string[] {
  const members = membersOf(people, segment)
  return people.flatMap(({ profile: { profileId, consents } }) => {
    const isGranted = (asked: { readonly purpose: string; readonly channel: string }): boolean =>
      consents.some(
        ({ purpose, channel, status }) =>
          status === 'granted' && purpose === asked.purpose && channel === asked.channel,
      )
    const isAllowed = consent === 'not_required' || (consent !== undefined && consent.every(isGranted))
    return isAllowed && members.includes(profileId) ? [profileId] : []
  })
}
