import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import type { Destination, Identifier, Member, Upload } from './member-request.ts'
import { denied, invalidArgument, type FieldViolation } from './rpc-error.ts'
import type { SandboxAccount } from './sandbox-account.ts'

/** Published limits of one request: chapter 2.2. */
const mostMembers = 10_000
const mostDestinations = 10
const mostIdentifiers = 10

/** What is wrong with the lists that a request names. */
export function refuseDestinations(
  account: SandboxAccount,
  destinations: readonly Destination[],
): SandboxReply | undefined {
  if (destinations.length === 0) return invalidArgument('REQUIRED_FIELD_MISSING', 'destinations is required.')
  if (destinations.length > mostDestinations)
    return invalidArgument('TOO_MANY_DESTINATIONS', 'At most 10 destinations in one request.')
  for (const [index, destination] of destinations.entries()) {
    const refused = refuseDestination(account, destination, index)
    if (refused) return refused
  }
  return undefined
}

function refuseDestination(
  account: SandboxAccount,
  { operatingAccount, loginAccount, productDestinationId }: Destination,
  index: number,
): SandboxReply | undefined {
  const violation = (reason: string, field: string): SandboxReply =>
    invalidArgument(reason, 'There was a problem with the request.', [
      { field: `destinations[${index}].${field}`, reason, description: 'The value is not usable.' },
    ])
  // Trap 7: numbers with hyphens.
  if (!/^\d+$/.test(operatingAccount.accountId))
    return violation('INVALID_DESTINATION', 'operating_account.account_id')
  if (operatingAccount.accountId !== account.customerId)
    return denied('PERMISSION_DENIED', 'The caller does not have permission on the operating account.')
  if (loginAccount?.accountId !== account.managerId)
    return denied('OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH', 'The login account has no access.')
  const list = account.lists.get(productDestinationId)
  if (!list) return violation('INVALID_USER_LIST_ID', 'product_destination_id')
  if (!list.uploadKeyTypes.includes('CONTACT_ID'))
    return violation('INVALID_USER_LIST_TYPE', 'product_destination_id')
  return undefined
}

/** What is wrong with the people of a request: one malformed member refuses it as a whole (chapter 2.2). */
export function refuseMembers(upload: Upload): SandboxReply | undefined {
  const { audienceMembers: members, encoding } = upload
  if (members.length === 0) return invalidArgument('REQUIRED_FIELD_MISSING', 'audience_members is required.')
  if (members.length > mostMembers)
    return invalidArgument('TOO_MANY_AUDIENCE_MEMBERS', 'At most 10,000 members in one request.')
  if (encoding === undefined)
    return invalidArgument('REQUIRED_FIELD_MISSING', 'encoding is required for hashed values.')
  if (members.some((member) => member.mobileData ?? member.userIdData))
    return invalidArgument('MULTIPLE_DATA_TYPES_NOT_ALLOWED', 'The list takes contact data only.')
  const violations = members.flatMap((member, index) =>
    violationsOf(member, encoding).map((found) => ({
      ...found,
      field: `audience_members[${index}].${found.field}`,
    })),
  )
  if (violations.length === 0) return undefined
  return invalidArgument('INVALID_ARGUMENT', 'There was a problem with the request.', violations)
}

function violationsOf(member: Member, encoding: 'HEX' | 'BASE64'): FieldViolation[] {
  const identifiers = member.userData?.userIdentifiers ?? []
  const at = 'user_data.user_identifiers'
  const one = (reason: string): FieldViolation[] => [
    { field: at, reason, description: 'The member is not valid.' },
  ]
  if (identifiers.length === 0) return one('NO_IDENTIFIERS_PROVIDED')
  if (identifiers.length > mostIdentifiers) return one('TOO_MANY_USER_IDENTIFIERS')
  return identifiers.flatMap((identifier, index) =>
    identifierViolations(identifier, encoding).map(([field, reason]) => ({
      field: `${at}[${index}].${field}`,
      reason,
      description: `The value of ${field} is not valid.`,
    })),
  )
}

type Fault = readonly [field: string, reason: string]

function identifierViolations(identifier: Identifier, encoding: 'HEX' | 'BASE64'): Fault[] {
  const given = Object.values(identifier).filter((value) => value !== undefined)
  if (given.length !== 1) return [['identifier', 'INVALID_AUDIENCE_MEMBER']]
  const { emailAddress, phoneNumber, address } = identifier
  if (emailAddress !== undefined) return hashFault('email_address', emailAddress, encoding)
  if (phoneNumber !== undefined) return hashFault('phone_number', phoneNumber, encoding)
  return address ? addressFaults(address, encoding) : []
}

function addressFaults(address: NonNullable<Identifier['address']>, encoding: 'HEX' | 'BASE64'): Fault[] {
  const { givenName, familyName, regionCode, postalCode } = address
  const missing = [givenName, familyName, regionCode, postalCode].includes('')
  if (missing) return [['address', 'REQUIRED_FIELD_MISSING']]
  const isUs = regionCode === 'US'
  return [
    ...hashFault('address.given_name', givenName, encoding),
    ...hashFault('address.family_name', familyName, encoding),
    ...(/^[A-Z]{2}$/.test(regionCode) ? [] : [['address.region_code', 'INVALID_REGION_CODE'] as const]),
    ...(!isUs || /^\d{5}(?:-?\d{4})?$/.test(postalCode)
      ? []
      : [['address.postal_code', 'INVALID_POSTAL_CODE'] as const]),
  ]
}

function hashFault(field: string, value: string, encoding: 'HEX' | 'BASE64'): Fault[] {
  if (encoding === 'HEX') {
    if (!/^[0-9a-f]*$/i.test(value)) return [[field, 'INVALID_HEX_ENCODING']]
    return value.length === 64 ? [] : [[field, 'INVALID_SHA256_FORMAT']]
  }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return [[field, 'INVALID_BASE64_ENCODING']]
  return Buffer.from(value, 'base64').length === 32 ? [] : [[field, 'INVALID_SHA256_FORMAT']]
}
