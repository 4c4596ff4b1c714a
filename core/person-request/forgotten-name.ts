import { normaliseEmail } from '../profile/normalise-email.ts'
import { normalisePhone } from '../profile/normalise-phone.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { Refusal } from '../profile/refusal.ts'

/** Under which a source record is remembered: its value is "connection/stream/external id". No identifier kind can have this name. */
export const recordName = '@record'

/** What names a person: a kind and a normalised value. */
export interface ForgottenName {
  readonly kind: string
  readonly value: string
}

/**
 * The word under which an identifier is remembered: e-mail addresses and phone numbers by their form, so that a mapping that calls them
 * otherwise recognises them too; ids of platforms by their kind.
 */
export function forgottenKind(schema: ProfileSchema, kind: string): string {
  const form = schema.identifiers[kind]?.form
  return form === 'email' || form === 'phone' ? form : kind
}

/** Longest raw text that is searched: quarantine keeps no more. */
const searchedLength = 65_536

/** Names that a text nobody could read as a record may hold: its e-mail addresses, phone numbers and other words. */
export function namesInText(text: string, schema: ProfileSchema): ForgottenName[] {
  const searched = text.slice(0, searchedLength)
  const words = searched.split(/[\s"'`,;|<>()[\]{}=\\]+/).filter((word) => word.length >= 3)
  const numbers = searched.match(/\+?\d[\d\s().-]{5,20}\d/g) ?? []
  const kinds = Object.entries(schema.identifiers).flatMap(([kind, { form }]) =>
    form === 'exact' ? [kind] : [],
  )
  return [
    ...words.flatMap((word) => [
      ...(word.includes('@') ? checked('email', normaliseEmail(word.replace(/^mailto:|[.:]+$/gi, ''))) : []),
      ...kinds.map((kind) => ({ kind, value: word })),
    ]),
    ...numbers.flatMap((number) => checked('phone', normalisePhone(number, schema.default_country))),
  ]
}

const checked = (kind: string, value: string | Refusal): ForgottenName[] =>
  value instanceof Refusal ? [] : [{ kind, value }]
