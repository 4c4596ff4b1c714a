import type { DeliveryState } from '../port/delivery-store.ts'
import type { PersonView, RecordName, ToldProfile } from '../port/identity-store.ts'
import type { DerivedValue, ProfileView, ProvenValue } from '../port/profile-store.ts'
import type { ExplainedNode, NodeDetail, SampledPerson } from '../port/segment-insight.ts'
import { mask, maskPersonal } from './mask-personal.ts'
import { maskText } from './mask-text.ts'

/** Values hidden, identifiers and names of records shortened; ids of profiles, origins, instants and consents stay. */
function maskProfile(profile: ToldProfile): ToldProfile {
  return {
    ...profile,
    traits: mapValues(profile.traits, (told) => ({ ...maskRecord(told), value: maskPersonal(told.value) })),
    identifiers: profile.identifiers.map(maskIdentifier),
    sourceRecords: profile.sourceRecords.map(maskRecord),
  }
}

/** The same with its derived traits. */
export const maskProfileView = (profile: ProfileView): ProfileView => ({
  ...maskProfile(profile),
  derivedTraits: maskDerived(profile.derivedTraits),
})

/** What is worked out about a person, hidden. */
const maskDerived = (
  traits: Readonly<Record<string, DerivedValue>>,
): Readonly<Record<string, DerivedValue>> =>
  mapValues(traits, (told) => ({ ...told, value: maskPersonal(told.value) }))

/** One person from source record to audience: why records are together stays, by which value does not. */
export function maskPerson<Person extends PersonView>(person: Person): Person {
  return {
    ...person,
    profile: maskProfile(person.profile),
    derivedTraits: maskDerived(person.derivedTraits),
    records: person.records.map(maskRecord),
    reasons: person.reasons.map(({ value, ...reason }) => ({
      ...reason,
      left: maskRecord(reason.left),
      right: maskRecord(reason.right),
      ...(value !== undefined && { value: maskText(value) }),
    })),
    dead: person.dead.map((dead) => ({ ...dead, value: maskText(dead.value) })),
    lookalikes: person.lookalikes.map(({ addresses }) => ({
      addresses: addresses.map((one) => ({ ...one, address: maskText(one.address) })),
    })),
  }
}

/** Which conditions hold, without the values that they hold for. */
export function maskNode({ detail, ...node }: ExplainedNode): ExplainedNode {
  const told = detail && maskDetail(detail)
  return {
    ...node,
    value: Array.isArray(node.value) ? [mask] : node.value === null ? null : mask,
    ...(told && { detail: told }),
    children: node.children.map(maskNode),
  }
}

/** How far somebody is from a place tells where they are. */
function maskDetail(detail: NodeDetail): NodeDetail | undefined {
  if (detail.kind === 'distance') return undefined
  return detail.kind === 'rank' && detail.value !== null ? { ...detail, value: mask } : detail
}

/** What a platform said may repeat what was sent to it. */
export const maskDelivery = (delivery: DeliveryState): DeliveryState => ({
  ...delivery,
  key: delivery.key === null ? null : maskText(delivery.key),
  reasonMessage: delivery.reasonMessage === null ? null : mask,
})

/** A member as an example. */
export const maskSample = <Person extends SampledPerson>(person: Person): Person => ({
  ...person,
  identifiers: person.identifiers.map(({ kind, value }) => ({ kind, value: maskText(value) })),
})

/** Sources name their records by what they like, an address too. */
const maskRecord = <Named extends RecordName>(named: Named): Named => ({
  ...named,
  externalId: maskText(named.externalId),
})

const maskIdentifier = (told: ProvenValue & { readonly kind: string }): typeof told => ({
  ...maskRecord(told),
  value: typeof told.value === 'string' ? maskText(told.value) : mask,
})

function mapValues<Value>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}
