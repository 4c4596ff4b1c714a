const suffixLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Key prefixes of the objects that the sandbox plays. */
export const prefixes = {
  Contact: '003',
  Lead: '00Q',
  Account: '001',
  Opportunity: '006',
  Campaign: '701',
  CampaignMember: '00v',
  Task: '00T',
  Individual: '0PK',
  ContactPointTypeConsent: '1gw',
} as const

export type ObjectName = keyof typeof prefixes

/** Adds the three characters that tell the case of the others. */
export function toLongId(id: string): string {
  if (id.length !== 15) return id
  let suffix = ''
  for (let block = 0; block < 3; block += 1) {
    let bits = 0
    for (let place = 0; place < 5; place += 1) {
      const letter = id.charAt(block * 5 + place)
      if (letter >= 'A' && letter <= 'Z') bits += 2 ** place
    }
    suffix += suffixLetters.charAt(bits)
  }
  return id + suffix
}

/** The id of the record with this number: ids grow in the order of creation. */
export function makeId(prefix: string, number: number): string {
  let text = ''
  for (let rest = number; rest > 0; rest = Math.floor(rest / digits.length))
    text = digits.charAt(rest % digits.length) + text
  return toLongId(`${prefix}5g0000${text.padStart(6, '0')}`)
}
