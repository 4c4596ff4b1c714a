import { AffluentError } from '../../core/errors/affluent-error.ts'

const form = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} .'_@-]{0,62}[\p{L}\p{M}\p{N}.])?$/u

/** Alphabets with letters that look like one another's: a name keeps to one of them. */
const alphabets = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]

/** A name as it is kept. Throws `access.name_unusable` for one that the audit log could not tell from another. */
export function parseUserName(given: string): string {
  const name = given.normalize('NFC').trim().replace(/ {2,}/g, ' ')
  if (form.test(name) && alphabets.filter((alphabet) => alphabet.test(name)).length <= 1) return name
  throw new AffluentError('access.name_unusable')
}
