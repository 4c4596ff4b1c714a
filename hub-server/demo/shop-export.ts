import type { Random } from '../../core/port/clock.ts'
import type { DemoPerson } from './demo-people.ts'
import { isLucky, pickOne } from './pick-one.ts'

const columns = [
  'customer_id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'country',
  'city',
  'newsletter',
  'newsletter_at',
  'ads_consent',
  'ads_consent_at',
  'updated_at',
] as const

type ShopRow = Readonly<Record<(typeof columns)[number], string>>

/**
 * The shop's export of its customers as CSV, with the mistakes such exports have: capitals, spaces, misspelt addresses, missing
 * values, national phone numbers, people who are there twice (once as a guest), rows that were written again later.
 */
export function writeShopExport(people: readonly DemoPerson[], random: Random): string {
  const rows = people.flatMap((person, index) => {
    const row = toRow(person, random)
    const again = isLucky(0.03, random)
      ? [toRow(person, random, { ...row, updated_at: '2010-12-09T20:30:00Z' })]
      : []
    const guest = isLucky(0.05, random) ? [toGuest(row, index, random)] : []
    return [row, ...again, ...guest]
  })
  return `${[columns.join(','), ...rows.map(toLine)].join('\n')}\n`
}

function toRow(person: DemoPerson, random: Random, known: Partial<ShopRow> = {}): ShopRow {
  const newsletter = decide({ yes: 0.55, no: 0.25 }, random)
  const adsConsent = decide({ yes: 0.45, no: 0.25 }, random)
  return {
    customer_id: person.customerId ?? '',
    first_name: misspell(person.firstName, random),
    last_name: misspell(person.lastName, random),
    email: writeEmail(person.email, random),
    phone: writePhone(person, random),
    country: person.country,
    city: isLucky(0.15, random) ? '' : misspell(person.city, random),
    newsletter,
    newsletter_at: newsletter === '' ? '' : person.firstDay,
    ads_consent: adsConsent,
    ads_consent_at: adsConsent === '' ? '' : person.firstDay,
    updated_at: `${person.lastDay}T18:00:00Z`,
    ...known,
  }
}

/** The same person at a checkout without account: another number, the same address, nothing about consent. */
function toGuest(row: ShopRow, index: number, random: Random): ShopRow {
  const nothing = { newsletter: '', newsletter_at: '', ads_consent: '', ads_consent_at: '' }
  const email = isLucky(0.5, random) ? row.email.toUpperCase() : row.email.toLowerCase()
  return { ...row, ...nothing, customer_id: `G${10_000 + index}`, email, city: '' }
}

function misspell(name: string, random: Random): string {
  const luck = random()
  if (name === '') return name
  if (luck < 0.04) return name.toUpperCase()
  if (luck < 0.07) return name.toLowerCase()
  if (luck < 0.1) return ` ${name} `
  if (luck < 0.12 && name.length > 3) return `${name.slice(0, 1)}${name[2]}${name[1]}${name.slice(3)}`
  return name
}

/** About one in fifty cannot be mailed as it is written; all domains stay reserved ones. */
function writeEmail(email: string, random: Random): string {
  const luck = random()
  if (luck < 0.08) return ''
  if (luck < 0.1)
    return pickOne([email.replace('@', ''), email.replace('.', '..'), email.replace('@', '@@')], random)
  if (luck < 0.22) return email.replaceAll(/(^|[.@])[a-z]/g, (start) => start.toUpperCase())
  if (luck < 0.25) return email.toUpperCase()
  return luck < 0.28 ? ` ${email} ` : email
}

function writePhone({ phone }: DemoPerson, random: Random): string {
  if (!phone) return isLucky(0.05, random) ? 'n/a' : ''
  const luck = random()
  if (luck < 0.5) return phone.national
  if (luck < 0.8) return phone.national.replaceAll(/[ ()-]/g, '')
  return luck < 0.9 ? phone.international : phone.national.replaceAll(' ', '-')
}

/** What a person ticked; empty when nobody asked. */
function decide(shares: { readonly yes: number; readonly no: number }, random: Random): string {
  const luck = random()
  if (luck < shares.yes) return pickOne(['yes', 'Yes', 'Y'], random)
  return luck < shares.yes + shares.no ? 'no' : ''
}

function toLine(row: ShopRow): string {
  return columns.map((column) => quote(row[column])).join(',')
}

/** RFC 4180: quotes where a value needs them. */
function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
