import type { DestinationField, DestinationRecord } from '../../core/connector/destination.ts'
import type { Reason } from '../../core/connector/outcome.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { GoogleAdsConfig } from './config.ts'
import { readHash, sha256 } from './hashing.ts'
import { normaliseEmail } from './normalise/email.ts'
import { normaliseFamilyName, normaliseGivenName } from './normalise/names.ts'
import { normalisePhone } from './normalise/phone.ts'
import { normalisePostalCode, normaliseRegionCode } from './normalise/places.ts'

/** Most identifiers of one person in one request: Data Manager API, limits (chapter 2.2 of the platform notes). */
const identifiersPerMember = 10

/** What a sync may map. Nothing but consent and the address's region and postal code leaves unhashed. */
export const memberFields: Readonly<Record<string, DestinationField>> = {
  email: { type: 'text', description: 'E-mail address, or a list of them; hashed here.', matches: 'email' },
  phone: { type: 'text', description: 'Phone number, or a list of them; hashed here.', matches: 'phone' },
  given_name: { type: 'text', description: 'Given name; hashed here, used with the whole address only.' },
  family_name: {
    type: 'text',
    description: 'Family name; with given name, region and postal code it matches a person by address.',
    matches: 'other',
  },
  region_code: { type: 'text', description: 'Country of the address, two letters; also read for phones.' },
  postal_code: { type: 'text', description: 'Postal code of the address.' },
  ad_user_data: {
    type: 'text',
    tellsConsent: true,
    description: 'Consent to ad user data: "granted". A record that says anything else is not sent.',
  },
  ad_personalization: {
    type: 'text',
    tellsConsent: true,
    description: 'The same for ad personalisation; see denied_personalization of the connection.',
  },
}

/** One way of naming a person, as the Data Manager API takes it; exactly one key of the three. */
type UserIdentifier =
  | { readonly emailAddress: string }
  | { readonly phoneNumber: string }
  | { readonly address: AddressInfo }

interface AddressInfo {
  readonly givenName: string
  readonly familyName: string
  readonly regionCode: string
  readonly postalCode: string
}

/** One person as Google matches them, and the fields whose value was of no use. */
export interface AudienceMember {
  readonly identifiers: readonly UserIdentifier[]
  readonly unusable: readonly string[]
  /** What the record itself says of consents. */
  readonly consent: Readonly<Partial<Record<ConsentField, 'granted' | 'denied'>>>
}

const consentFields = ['ad_user_data', 'ad_personalization'] as const
export type ConsentField = (typeof consentFields)[number]

type Rules = Pick<GoogleAdsConfig, 'gmail_rule' | 'hash_encoding'>
type Fields = DestinationRecord['fields']

/** Normalises and hashes the fields of one record. A bad value costs only itself. */
export function toAudienceMember(record: DestinationRecord, rules: Rules): AudienceMember {
  const { fields } = record
  const unusable = new Set<string>()
  const region = regionOf(fields, unusable)
  const hashed = (field: string, normalise: (text: string) => string | undefined): string[] => {
    const values = textsOf(fields[field]).map((text) => toHash(text, normalise, rules))
    if (values.includes(undefined)) unusable.add(field)
    return [...new Set(values.filter((value) => value !== undefined))]
  }
  const identifiers: UserIdentifier[] = [
    ...hashed('email', (text) => normaliseEmail(text, rules.gmail_rule)).map((emailAddress) => ({
      emailAddress,
    })),
    ...hashed('phone', (text) => normalisePhone(text, region)).map((phoneNumber) => ({ phoneNumber })),
    ...toAddress(region, {
      given: hashed('given_name', normaliseGivenName),
      family: hashed('family_name', normaliseFamilyName),
      postal: postalOf(fields, region, unusable),
    }),
  ]
  return {
    identifiers: identifiers.slice(0, identifiersPerMember),
    unusable: [...unusable],
    consent: consentOf(fields),
  }
}

/** Why a person cannot be matched; undefined when at least one identifier is usable. Holds no value of the person. */
export function whyUnmatchable(member: AudienceMember): Reason | undefined {
  if (member.identifiers.length > 0) return undefined
  const [field, ...more] = member.unusable
  if (field === undefined)
    return { code: 'missing_identifier', message: 'Neither e-mail, phone nor a whole address is filled.' }
  return more.length > 0
    ? { code: 'no_usable_identifier', message: `Not usable: ${member.unusable.join(', ')}.` }
    : { code: `invalid_${field}`, message: `Not usable: ${field}.` }
}

/**
 * Why a person must not be added: a record that maps a consent and does not say "granted" is not sent at all. Google would take it
 * and only count it later (DENIED_CONSENT, NO_CONSENT). Only denied personalisation may be declared to Google, when the connection says so.
 */
export function whyNotConsented(
  { fields }: DestinationRecord,
  { denied_personalization }: Pick<GoogleAdsConfig, 'denied_personalization'>,
): Reason | undefined {
  const said = consentOf(fields)
  const isDeclared = (field: ConsentField): boolean =>
    field === 'ad_personalization' && said[field] === 'denied' && denied_personalization === 'declare'
  const missing = consentFields.filter(
    (field) => Object.hasOwn(fields, field) && said[field] !== 'granted' && !isDeclared(field),
  )
  return missing.length === 0
    ? undefined
    : { code: 'consent_not_granted', message: `Not granted: ${missing.join(', ')}.` }
}

function consentOf(fields: Fields): AudienceMember['consent'] {
  const said = consentFields.flatMap((field) => {
    const consent = readConsent(fields[field])
    return consent === undefined ? [] : [[field, consent] as const]
  })
  return Object.fromEntries(said)
}

/** Anything but a plain yes or no says nothing. */
function readConsent(value: JsonValue | undefined): 'granted' | 'denied' | undefined {
  if (typeof value === 'boolean') return value ? 'granted' : 'denied'
  const word =
    typeof value === 'string'
      ? value
          .trim()
          .toLowerCase()
          .replace(/^consent_/, '')
      : ''
  if (word === 'granted' || word === 'true') return 'granted'
  return word === 'denied' || word === 'false' ? 'denied' : undefined
}

function toHash(
  text: string,
  normalise: (text: string) => string | undefined,
  { hash_encoding }: Rules,
): string | undefined {
  const ready = readHash(text, hash_encoding)
  if (ready !== undefined) return ready ?? undefined
  const normalised = normalise(text)
  return normalised === undefined ? undefined : sha256(normalised, hash_encoding)
}

/** The texts of a field: one, or a list of them. What is neither text nor number names nobody. */
function textsOf(value: JsonValue | undefined): readonly string[] {
  const values = Array.isArray(value) ? value : [value]
  return values.flatMap((each) => {
    if (typeof each === 'number') return [String(each)]
    return typeof each === 'string' && each.trim() !== '' ? [each.trim()] : []
  })
}

function regionOf(fields: Fields, unusable: Set<string>): string | undefined {
  const [written] = textsOf(fields['region_code'])
  const region = written === undefined ? undefined : normaliseRegionCode(written)
  if (written !== undefined && region === undefined) unusable.add('region_code')
  return region
}

function postalOf(fields: Fields, region: string | undefined, unusable: Set<string>): string | undefined {
  const [written] = textsOf(fields['postal_code'])
  if (written === undefined || region === undefined) return undefined
  const postal = normalisePostalCode(written, region)
  if (postal === undefined) unusable.add('postal_code')
  return postal
}

/** An address counts only when all four parts are there: Google refuses the whole request otherwise. */
function toAddress(
  regionCode: string | undefined,
  parts: { given: readonly string[]; family: readonly string[]; postal: string | undefined },
): readonly { readonly address: AddressInfo }[] {
  const [givenName] = parts.given
  const [familyName] = parts.family
  const { postal: postalCode } = parts
  if (!givenName || !familyName || !regionCode || !postalCode) return []
  return [{ address: { givenName, familyName, regionCode, postalCode } }]
}
