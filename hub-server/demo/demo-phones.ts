import type { Random } from '../../core/port/clock.ts'
import { pickOne } from './pick-one.ts'

/** A number in two spellings: as people write it at home, and as a CRM stores it. */
export interface DemoPhone {
  readonly national: string
  readonly international: string
}

interface Range {
  /** "#" stands for a free digit. */
  readonly national: string
  readonly international: string
}

const range = (national: string, international: string): Range => ({ national, international })

const ukCities = ['113', '114', '116', '117', '118', '121', '131', '141', '151', '161']

/**
 * Ranges that regulators keep free for film and books, as far as libphonenumber takes them for valid; nobody can be reached there.
 * United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes". France: Arcep decision 2018-0881, § 2.5.12.
 * Germany: Bundesnetzagentur, "Rufnummern für Medienproduktionen". United States and Canada: NANPA, 555-0100 to 555-0199.
 * Australia: ACMA, numbers for use in radio, books, film and TV. Sweden: PTS, fiktiva telefonnummer.
 */
const ranges: Readonly<Record<string, readonly Range[]>> = {
  'United Kingdom': [
    range('020 7946 0###', '+44 20 7946 0###'),
    ...ukCities.map((city) => range(`0${city} 496 0###`, `+44 ${city} 496 0###`)),
    range('0191 498 0###', '+44 191 498 0###'),
    range('029 2018 0###', '+44 29 2018 0###'),
  ],
  France: [
    range('01 99 00 ## ##', '+33 1 99 00 ## ##'),
    range('02 61 91 ## ##', '+33 2 61 91 ## ##'),
    range('04 65 71 ## ##', '+33 4 65 71 ## ##'),
  ],
  Germany: [range('030 23125 ###', '+49 30 23125 ###'), range('040 66969 ###', '+49 40 66969 ###')],
  USA: [range('(212) 555-01##', '+1 212 555 01##')],
  Canada: [range('(613) 555-01##', '+1 613 555 01##')],
  Australia: [range('(02) 5550 ####', '+61 2 5550 ####')],
  Sweden: [range('08-465 004 ##', '+46 8 465 004 ##'), range('031-390 06 ##', '+46 31 390 06 ##')],
}

/** Makes a number that was not given before, or undefined for a country without such a range. */
export function createPhones(random: Random): (country: string) => DemoPhone | undefined {
  const given = new Set<string>()
  return (country) => {
    const choices = Object.hasOwn(ranges, country) ? ranges[country] : undefined
    if (!choices) return undefined
    for (;;) {
      const { national, international } = pickOne(choices, random)
      const digits = Array.from(national.replaceAll(/[^#]/g, ''), () => Math.floor(random() * 10))
      const phone = { national: fill(national, digits), international: fill(international, digits) }
      if (given.has(phone.international)) continue
      given.add(phone.international)
      return phone
    }
  }
}

function fill(pattern: string, digits: readonly number[]): string {
  let position = 0
  return pattern.replaceAll('#', () => String(digits[position++]))
}
