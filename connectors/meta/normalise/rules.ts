import type { DestinationField } from '../../../core/connector/destination.ts'
import { dataUseFields } from '../data-use.ts'
import { lookalikeValueField, valueField } from '../lookalike-value.ts'
import { normaliseBirthDay, normaliseBirthMonth, normaliseBirthYear } from './birth-date.ts'
import { normaliseAdvertiserId, normaliseEmail, normaliseExternalId } from './ids.ts'
import { normaliseGender, normaliseInitial, normaliseName } from './names.ts'
import { normalisePhone } from './phone.ts'
import { normaliseCity, normaliseCountry, normaliseState, normaliseZip } from './places.ts'

/** How one of Meta's match keys is made out of a value. */
export interface KeyRule {
  readonly key: MetaKey
  readonly field: DestinationField
  /** Sent as SHA-256; the others as they are. */
  readonly hashed: boolean
  /** The value in the form that Meta compares; undefined when it is not usable. `country` is the person's, when known ("US"). */
  readonly normalise: (text: string, country?: string) => string | undefined
}

export type MetaKey =
  | 'EXTERN_ID'
  | 'EMAIL'
  | 'PHONE'
  | 'MADID'
  | 'GEN'
  | 'DOBY'
  | 'DOBM'
  | 'DOBD'
  | 'LN'
  | 'FN'
  | 'FI'
  | 'CT'
  | 'ST'
  | 'ZIP'
  | 'COUNTRY'

const text = (description: string, matches?: DestinationField['matches']): DestinationField => ({
  type: 'text',
  description,
  ...(matches && { matches }),
})

/**
 * Meta's match keys in the order in which columns are sent. Source:
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (hashing and normalisation).
 */
export const keyRules: readonly KeyRule[] = [
  {
    key: 'EXTERN_ID',
    field: text(
      'Your own id of the person, not hashed; Meta keeps it 90 days, for this ad account.',
      'other',
    ),
    hashed: false,
    normalise: normaliseExternalId,
  },
  { key: 'EMAIL', field: text('E-mail address.', 'email'), hashed: true, normalise: normaliseEmail },
  {
    key: 'PHONE',
    field: text('Phone number with its country code, or a national one beside COUNTRY.', 'phone'),
    hashed: true,
    normalise: normalisePhone,
  },
  {
    key: 'MADID',
    field: text('Advertiser id of the phone, not hashed.', 'other'),
    hashed: false,
    normalise: normaliseAdvertiserId,
  },
  { key: 'GEN', field: text('Gender: m or f.'), hashed: true, normalise: normaliseGender },
  { key: 'DOBY', field: text('Year of birth: YYYY.'), hashed: true, normalise: normaliseBirthYear },
  { key: 'DOBM', field: text('Month of birth: MM.'), hashed: true, normalise: normaliseBirthMonth },
  { key: 'DOBD', field: text('Day of birth: DD.'), hashed: true, normalise: normaliseBirthDay },
  { key: 'LN', field: text('Last name.'), hashed: true, normalise: normaliseName },
  { key: 'FN', field: text('First name.'), hashed: true, normalise: normaliseName },
  { key: 'FI', field: text('First letter of the first name.'), hashed: true, normalise: normaliseInitial },
  { key: 'CT', field: text('City.'), hashed: true, normalise: normaliseCity },
  { key: 'ST', field: text('State or province.'), hashed: true, normalise: normaliseState },
  { key: 'ZIP', field: text('Postal code.'), hashed: true, normalise: normaliseZip },
  { key: 'COUNTRY', field: text('Country: code or name.'), hashed: true, normalise: normaliseCountry },
]

/**
 * Fields that a manifest may map: Meta's keys, DOB, which is cut into DOBY, DOBM and DOBD, the value of value-based audiences, and
 * Limited Data Use by person.
 */
export const audienceFields: Readonly<Record<string, DestinationField>> = {
  ...Object.fromEntries(keyRules.map((rule) => [rule.key, rule.field])),
  DOB: { type: 'date', description: 'Date of birth; sent as DOBY, DOBM and DOBD.' },
  [valueField]: lookalikeValueField,
  ...dataUseFields,
}
