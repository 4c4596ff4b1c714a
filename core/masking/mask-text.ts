const emailParts = /^([^@\s]+)@([^@\s]+)$/
const phoneForm = /^[+(]?[\d\s().-]{6,}$/

/**
 * Enough of a person's identifier to recognise it by, not enough to learn it: of an e-mail address the beginnings of its halves and the
 * last label, of a phone number the last two digits, of anything else its ends; short ones show nothing.
 */
export function maskText(text: string): string {
  const [, local, domain] = emailParts.exec(text) ?? []
  if (local !== undefined && domain !== undefined) return `${begin(local)}@${maskDomain(domain)}`
  if (phoneForm.test(text)) return `…${text.replace(/\D/g, '').slice(-2)}`
  const letters = Array.from(text)
  return letters.length < 4 ? '…' : `${letters[0]}…${letters.at(-1)}`
}

const begin = (text: string): string => {
  const letters = Array.from(text)
  return letters.length < 3 ? '…' : `${letters[0]}…`
}

function maskDomain(domain: string): string {
  const dot = domain.lastIndexOf('.')
  return dot < 0 ? begin(domain) : begin(domain.slice(0, dot)) + domain.slice(dot)
}

const namesWithin = /[^\s@<>"'“”«»(),;:]+@[^\s@<>"'“”«»(),;]+|\+?\d[\d ().-]{4,}\d/g
const quotedWithin = /(["“«'])(?!\s)[^"“”«»']{1,200}?(["”»'])(?!\w)/g

/** A sentence of a platform without what it may repeat of a person: addresses, long numbers, whatever stands in quotes. */
export function maskWithin(text: string): string {
  return text
    .replaceAll(namesWithin, maskText)
    .replaceAll(quotedWithin, (_all, open: string, close: string) => `${open}…${close}`)
}
