import { optimalAlignment } from '../identity/similarity/damerau-levenshtein.ts'

/**
 * Domains that most people have their mailbox at. All of them are right as they are, even where one is a letter away from another
 * ("email.com", "ymail.com"); a typo is corrected only towards one of `common`.
 */
const common = `
  gmail.com googlemail.com yahoo.com yahoo.fr yahoo.co.uk yahoo.de yahoo.it yahoo.es hotmail.com
  hotmail.fr hotmail.co.uk hotmail.de hotmail.it hotmail.es outlook.com outlook.fr outlook.de outlook.es
  live.com live.fr live.co.uk icloud.com orange.fr wanadoo.fr laposte.net bbox.fr numericable.fr
  btinternet.com comcast.net verizon.net t-online.de freenet.de libero.it virgilio.it telefonica.net
  protonmail.com proton.me`
  .trim()
  .split(/\s+/)
const alsoRight: ReadonlySet<string> = new Set([
  ...common,
  ...`
  free.fr sfr.fr neuf.fr aol.com aol.fr msn.com me.com mac.com gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.fr
  web.de mail.com email.com ymail.com rocketmail.com mail.ru yandex.ru yandex.com live.it live.de live.nl
  live.be live.ca outlook.it outlook.be hotmail.be hotmail.ca hotmail.nl hotmail.ch yahoo.ca yahoo.in
  yahoo.ie yahoo.be yahoo.co.in yahoo.co.jp orange.com orange.net laposte.fr tonline.de hey.com pm.me
  fastmail.com bluewin.ch skynet.be telenet.be ziggo.nl kpnmail.nl att.net sbcglobal.net cox.net sky.com
  talktalk.net libero.com`
    .trim()
    .split(/\s+/),
])

/** Endings that stand for another one and exist nowhere, or nearly nowhere. */
const wrongEndings: readonly (readonly [RegExp, string])[] = [
  [/\.(?:con|cmo|ocm|comm|vom|xom|cim|cpm|coom|c0m|com\.com)$/, '.com'],
  [/\.(?:rf|ftr|frr|fe)$/, '.fr'],
  [/\.(?:nte|ner|nett|bet)$/, '.net'],
]

/** Shorter names are a letter away from too many others: "free.fr" and "free.de", "sfr.fr" and "sr.fr". */
const shortest = 7

/**
 * The domain that was probably meant ("gmial.com" → "gmail.com"), or undefined. Asks no name server: a rare domain a letter away from
 * a common one is suggested too, so a suggestion is to be shown, never carried out unseen.
 */
export function suggestDomain(domain: string): string | undefined {
  const written = domain.toLowerCase()
  if (alsoRight.has(written) || written.length < shortest) return undefined
  const ended = wrongEndings.reduce((name, [wrong, right]) => name.replace(wrong, right), written)
  if (ended !== written) return alsoRight.has(ended) ? ended : (closest(ended) ?? ended)
  return closest(written)
}

function closest(written: string): string | undefined {
  const near = common
    .map((known) => ({ known, distance: optimalAlignment(written, known) }))
    .filter(({ known, distance }) => distance === 1 || (distance === 2 && isAlikeEnough(written, known)))
    .sort((one, other) => one.distance - other.distance)
  return near[0]?.known
}

/** Two slips are believed only in a long name that starts and ends like the other. */
const isAlikeEnough = (written: string, known: string): boolean =>
  known.length >= 10 && written.slice(0, 2) === known.slice(0, 2) && endOf(written) === endOf(known)

const endOf = (domain: string): string => domain.slice(domain.lastIndexOf('.'))
