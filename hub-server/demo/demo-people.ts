import type { Random } from '../../core/port/clock.ts'
import { namePoolOf } from './demo-names.ts'
import { createPhones, type DemoPhone } from './demo-phones.ts'
import { isLucky, pickOne } from './pick-one.ts'

/** A customer of the invoices: what is real about the demo's people. */
export interface InvoiceCustomer {
  readonly customerId: string
  /** As the invoices write it: "EIRE", "Unspecified". */
  readonly country: string
  /** Days of the first and last invoice: "2010-03-31". */
  readonly firstDay: string
  readonly lastDay: string
}

/** The invented truth about one person, from which both sources are made with their own mistakes. */
export interface DemoPerson {
  /** Undefined for people who are in the CRM only. */
  readonly customerId: string | undefined
  readonly country: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly phone: DemoPhone | undefined
  readonly city: string
  readonly firstDay: string
  readonly lastDay: string
}

/** Invents one person per customer, then `leads` people who never bought. E-mail addresses and phone numbers are never shared. */
export function inventPeople(
  customers: readonly InvoiceCustomer[],
  leads: number,
  random: Random,
): DemoPerson[] {
  const emailFor = createEmails(random)
  const phoneFor = createPhones(random)
  const invent = (customer: Omit<InvoiceCustomer, 'customerId'>, customerId?: string): DemoPerson => {
    const pool = namePoolOf(customer.country)
    const firstName = pickOne(pool.first, random)
    const lastName = pickOne(pool.last, random)
    return {
      customerId,
      country: customer.country,
      firstName,
      lastName,
      email: emailFor(firstName, lastName),
      phone: isLucky(0.7, random) ? phoneFor(customer.country) : undefined,
      city: pickOne(pool.cities, random),
      firstDay: customer.firstDay,
      lastDay: customer.lastDay,
    }
  }
  const buyers = customers.map((customer) => invent(customer, customer.customerId))
  const places = ['United Kingdom', 'United Kingdom', 'United Kingdom', 'Germany', 'France', 'Sweden']
  const others = Array.from({ length: leads }, () =>
    invent({ country: pickOne(places, random), firstDay: '2010-06-01', lastDay: '2010-11-15' }),
  )
  return [...buyers, ...others]
}

/** Domains that RFC 2606 reserves for documentation: no mail ever arrives anywhere. */
const domains = ['example.com', 'example.org', 'example.net']

function createEmails(random: Random): (firstName: string, lastName: string) => string {
  const given = new Set<string>()
  return (firstName, lastName) => {
    const local = `${toAscii(firstName)}.${toAscii(lastName)}`
    const domain = pickOne(domains, random)
    let email = `${local}@${domain}`
    for (let number = 2; given.has(email); number += 1) email = `${local}${number}@${domain}`
    given.add(email)
    return email
  }
}

function toAscii(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()
}
