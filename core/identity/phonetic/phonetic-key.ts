import { metaphone } from './metaphone.ts'
import { nysiis } from './nysiis.ts'
import { soundex } from './soundex.ts'

export const phoneticMethods = ['soundex', 'nysiis', 'metaphone'] as const
export type PhoneticMethod = (typeof phoneticMethods)[number]

const methods: Readonly<Record<PhoneticMethod, (text: string) => string>> = { soundex, nysiis, metaphone }

/**
 * How a name sounds, word by word, by rules made for English: equal keys sound alike. Undefined for texts without a Latin letter, which
 * these rules cannot read.
 */
export function phoneticKey(text: string, method: PhoneticMethod): string | undefined {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z]+/g)
  const keys = words?.map((word) => methods[method](word)).filter((key) => key !== '') ?? []
  return keys.length === 0 ? undefined : keys.join(' ')
}
