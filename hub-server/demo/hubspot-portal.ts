import type { Random } from '../../core/port/clock.ts'
import { namePoolOf } from './demo-names.ts'
import type { DemoPerson } from './demo-people.ts'
import { isLucky, pickOne } from './pick-one.ts'

/** Share of the shop's customers whom marketing has in HubSpot too. */
const overlap = 0.6

/** Ids begin well above those that a new sandbox gives by itself. */
const firstId = 10_001

/**
 * The contacts of the demo's HubSpot portal, one JSON object a line. They overlap with the shop's customers and disagree with them:
 * other cities, other spellings, international numbers, some addresses of their own, people who opted out, people who never bought.
 */
export function writeHubspotPortal(people: readonly DemoPerson[], random: Random): string {
  const taken = new Set(people.map(({ email }) => email))
  const contacts = people
    .filter(({ customerId }) => customerId === undefined || isLucky(overlap, random))
    .map((person, index) => ({
      id: String(firstId + index),
      properties: toProperties(person, taken, random),
    }))
  return contacts.map((contact) => `${JSON.stringify(contact)}\n`).join('')
}

function toProperties(person: DemoPerson, taken: Set<string>, random: Random): Record<string, string> {
  const email = isLucky(0.1, random) ? otherEmail(person, taken) : person.email
  // An address of its own can be joined with the shop's only by the customer number.
  const hasNumber = email !== person.email || isLucky(0.5, random)
  const properties = {
    email,
    firstname: isLucky(0.05, random) ? person.firstName.slice(0, 1) : person.firstName,
    lastname: person.lastName,
    phone: isLucky(0.8, random) ? person.phone?.international : undefined,
    country: person.country === 'Unspecified' ? undefined : person.country,
    city: isLucky(0.12, random) ? pickOne(namePoolOf(person.country).cities, random) : person.city,
    hs_email_optout: String(isLucky(0.09, random)),
    shop_customer_id: hasNumber ? person.customerId : undefined,
    createdate: `${person.firstDay}T08:00:00.000Z`,
    lastmodifieddate: `${isLucky(0.3, random) ? '2010-12-09' : person.lastDay}T20:30:00.000Z`,
  }
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  )
}

function otherEmail({ email, customerId }: DemoPerson, taken: Set<string>): string {
  const [local = '', domain = ''] = email.split('@')
  const other = `${local.replace('.', '_')}@${domain}`
  if (customerId === undefined || taken.has(other)) return email
  taken.add(other)
  return other
}
