const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * The 18-character form of an id. The 15-character form differs only by the case of letters, so ids are compared in this one; the
 * last three characters tell which letters are capitals. Other texts come back as they are.
 */
export function toId18(id: string): string {
  if (!/^[A-Za-z0-9]{15}$/.test(id)) return id
  const suffix = [0, 5, 10].map((start) => {
    let bits = 0
    for (let place = 0; place < 5; place += 1) if (/[A-Z]/.test(id.charAt(start + place))) bits += 2 ** place
    return alphabet.charAt(bits)
  })
  return id + suffix.join('')
}

/** True for a text of the form of a record id. */
export const isSalesforceId = (text: string): boolean => /^[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?$/.test(text)

/** Key prefixes of standard objects: the same in every org. */
const keyPrefixes = { Contact: '003', Lead: '00Q' } as const

export type PersonObject = keyof typeof keyPrefixes

/** Whether an id is that of a contact or of a lead. */
export function personObjectOf(id: string): PersonObject | undefined {
  if (!isSalesforceId(id)) return undefined
  if (id.startsWith(keyPrefixes.Contact)) return 'Contact'
  return id.startsWith(keyPrefixes.Lead) ? 'Lead' : undefined
}
