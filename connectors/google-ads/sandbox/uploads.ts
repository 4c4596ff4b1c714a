import type { Consent, Member } from './member-request.ts'
import {
  record,
  type ListMember,
  type SandboxAccount,
  type SandboxList,
  type SandboxUpload,
} from './sandbox-account.ts'

/** European Economic Area: people there need consent (chapter 2.2). */
const eea = new Set(
  'AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' '),
)

/** The identifiers of a member, each as one text. */
export function identifiersOf(member: Member): string[] {
  return (member.userData?.userIdentifiers ?? []).map(({ emailAddress, phoneNumber, address }) =>
    address
      ? [address.givenName, address.familyName, address.regionCode, address.postalCode].join(' ')
      : (emailAddress ?? phoneNumber ?? ''),
  )
}

/** Why Google will count a member instead of adding it; a member's consent overrides the request's. */
export function consentFault(member: Member, ofRequest: Consent | undefined): string | undefined {
  const { adUserData, adPersonalization } = { ...ofRequest, ...member.consent }
  const given = [adUserData, adPersonalization]
  if (given.includes('CONSENT_DENIED')) return 'PROCESSING_ERROR_REASON_DENIED_CONSENT'
  const isInEea = (member.userData?.userIdentifiers ?? []).some(({ address }) =>
    eea.has(address?.regionCode ?? ''),
  )
  if (!isInEea || given.every((status) => status === 'CONSENT_GRANTED')) return undefined
  return 'PROCESSING_ERROR_REASON_NO_CONSENT'
}

/** Works off every upload whose time has come, in the order in which they were accepted. */
export function settleUploads(account: SandboxAccount): void {
  for (const upload of account.uploads.values()) {
    if (upload.state !== 'PROCESSING' || upload.endsAt > account.clock.now()) continue
    const refused = upload.members.filter((member) => member.refused !== undefined).length
    const isLost = account.failUploads !== undefined || (refused > 0 && refused === upload.members.length)
    upload.state = isLost ? 'FAILED' : refused > 0 ? 'PARTIAL_SUCCESS' : 'SUCCESS'
    if (!isLost) for (const id of upload.lists) apply(account, upload, account.lists.get(id))
  }
}

function apply(account: SandboxAccount, upload: SandboxUpload, list: SandboxList | undefined): void {
  if (!list) return
  if (upload.kind === 'remove_all') removeOlder(list, upload.asOf)
  const changed: string[] = []
  const index = upload.kind === 'ingest' ? undefined : indexOf(list)
  for (const { identifiers, refused } of upload.members) {
    if (refused !== undefined) continue
    if (upload.kind === 'ingest') changed.push(add(list, identifiers, upload.acceptedAt))
    else changed.push(...remove(list, identifiers, index))
  }
  list.history.push({ at: upload.endsAt, members: list.members.size })
  record(account, `members_${upload.kind}`, list.id, changed)
}

function add(list: SandboxList, identifiers: readonly string[], at: number): string {
  const key = identifiers.join('|')
  const known = list.members.get(key)
  if (known) known.lastAddedAt = at
  else list.members.set(key, { identifiers: new Set(identifiers), lastAddedAt: at })
  return key
}

function indexOf(list: SandboxList): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>()
  for (const [key, member] of list.members)
    for (const identifier of member.identifiers)
      index.set(identifier, [...(index.get(identifier) ?? []), key])
  return index
}

/** Google knows people, not rows: any identifier in common takes the person off. */
function remove(
  list: SandboxList,
  identifiers: readonly string[],
  index: ReadonlyMap<string, readonly string[]> | undefined,
): string[] {
  const keys = new Set(identifiers.flatMap((identifier) => index?.get(identifier) ?? []))
  return [...keys].filter((key) => list.members.delete(key))
}

/** Only members last added before the instant go (chapter 2.2). */
function removeOlder(list: SandboxList, asOf: number): void {
  const isOlder = ({ lastAddedAt }: ListMember): boolean => lastAddedAt < asOf
  for (const [key, member] of list.members) if (isOlder(member)) list.members.delete(key)
}
