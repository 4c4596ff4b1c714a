import { createHash } from 'node:crypto'

/** Begins every planted secret: whatever part of one is told, this part of it is searched. */
export const secretStem = 'QxLeakSec'
/** Stands in every text that names a marked person. */
const personStem = 'zwumpq'
/** Begins the phone number of every marked person, as it is dialled at home. */
const phoneStem = '69876543'

/** A secret of some length, with letters that each way of writing has its own form for. */
export const markedSecret = (number: number, length = 24): string =>
  `${secretStem}${String(number).padStart(2, '0')}${'vK3pT8w'.repeat(10)}`.slice(0, length)

/** As markedSecret, and hard to write in JSON, HTML, forms and addresses. */
export const awkwardSecret = (number: number): string => `${markedSecret(number, 16)}é"<&'+ %/\\`

export interface MarkedPerson {
  readonly id: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly phone: string
}

/** Nobody is called so. */
export function markedPerson(number: number): MarkedPerson {
  const two = String(number).padStart(2, '0')
  return {
    id: `${personStem}-id-${two}`,
    email: `${personStem}.${two}@people-of-tests.example`,
    firstName: `Zwumpq${'abcdefghij'.charAt(number % 10)}${'klmnopqrst'.charAt(Math.floor(number / 10))}`,
    lastName: `O’Zwumpq-${two}`,
    phone: `+33${phoneStem}${number % 10}`.slice(0, 12),
  }
}

/** One way in which a mark may be written. */
export interface Needle {
  readonly mark: string
  readonly form: string
  readonly bytes: Buffer
}

const least = 8

/** Base64 of a text inside of another one differs by where it begins: the part that does not depend on its neighbours, for each of the three ways. */
function base64Forms(text: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), text]).toString('base64')
    const from = Math.ceil((before * 8) / 6)
    const until = Math.floor(((before + text.length) * 8) / 6)
    return whole.slice(from, until)
  })
}

const toUrlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** A text or bytes in every plausible form; upper and lower case are one to the finder. */
export function needlesOf(mark: string, secret: string | Buffer): Needle[] {
  const bytes = Buffer.isBuffer(secret) ? secret : Buffer.from(secret)
  const text = bytes.toString()
  const forms: [string, Buffer | string][] = [
    ['plain', bytes],
    ['hex', bytes.toString('hex')],
    ...base64Forms(bytes).flatMap((form): [string, string][] => [
      ['base64', form],
      ['base64url', toUrlSafe(form)],
    ]),
  ]
  if (!Buffer.isBuffer(secret))
    forms.push(
      ['UTF-16', Buffer.from(text, 'utf16le')],
      ['URL', encodeURIComponent(text)],
      ['JSON', JSON.stringify(text).slice(1, -1)],
      ['HTML', text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
      ['base64 of lower case', base64Forms(Buffer.from(text.toLowerCase()))[0] ?? ''],
      ['base64 of upper case', base64Forms(Buffer.from(text.toUpperCase()))[0] ?? ''],
    )
  const seen = new Set<string>()
  return forms.flatMap(([form, written]) => {
    const found = Buffer.from(written)
    const key = found.toString('latin1')
    if (found.length < least || seen.has(key)) return []
    seen.add(key)
    return [{ mark, form, bytes: found }]
  })
}

/** What finds the marked people: texts, phone numbers, and the hashes that platforms know them by. */
export function needlesOfPeople(numbers: readonly number[]): Needle[] {
  const spaced = phoneStem.replaceAll(/(\d)(\d\d)(\d\d)(\d\d)(\d)/g, '$1 $2 $3 $4 $5')
  const hashes = numbers.flatMap((number) => {
    const { email, phone } = markedPerson(number)
    return [email, phone, phone.slice(1)].flatMap((text) =>
      ['sha256', 'md5', 'sha1'].flatMap((algorithm) => {
        const digest = createHash(algorithm).update(text).digest()
        return [
          ['hex', Buffer.from(digest.toString('hex'))],
          ['base64', Buffer.from(digest.toString('base64').replace(/=+$/, ''))],
          ['bytes', digest],
        ].map(([form, bytes]) => ({
          mark: `person ${number}`,
          form: `${algorithm} in ${String(form)}`,
          bytes: bytes as Buffer,
        }))
      }),
    )
  })
  return [
    ...needlesOf('a person’s text', personStem.padEnd(least - 2)).filter(({ form }) => form !== 'plain'),
    { mark: 'a person’s text', form: 'plain', bytes: Buffer.from(personStem) },
    ...needlesOf('a person’s phone', phoneStem),
    { mark: 'a person’s phone', form: 'spaced', bytes: Buffer.from(spaced) },
    ...hashes,
  ]
}
