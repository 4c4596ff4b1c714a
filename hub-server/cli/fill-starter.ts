import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toCountryCode } from '../../core/profile/country-code.ts'
import { Refusal } from '../../core/profile/refusal.ts'
import type { Language } from '../locales/translate.ts'

/** What `init` asks, beside where and which template. */
export interface StarterAnswers {
  /** ISO 3166-1 alpha-2: country of phone numbers written without one, and of the first segment. */
  readonly country: string
  /** Name of the audience on the platform, as people see it there. */
  readonly audience: string
  /** Purpose that people consent to: the name of a field. */
  readonly purpose: string
}

/** The values that stand in the template, which is a valid workspace as it is. */
const inTemplate: StarterAnswers & { readonly slug: string } = {
  country: 'FR',
  audience: 'First audience',
  purpose: 'marketing',
  slug: 'first-audience',
}

/** The answers of whoever answers nothing. */
export function starterDefaults(language: Language): StarterAnswers {
  return language === 'fr'
    ? { country: 'FR', audience: 'Première audience', purpose: 'marketing' }
    : { country: 'GB', audience: 'First audience', purpose: 'marketing' }
}

const longestAudience = 100

export function readCountry(text: string): string | undefined {
  const code = toCountryCode(text)
  return code instanceof Refusal ? undefined : code
}

export function readAudience(text: string): string | undefined {
  const name = text.trim()
  return name === '' || name.length > longestAudience || /\p{Cc}/u.test(name) ? undefined : name
}

/** "E-mail & SMS" becomes "e_mail_sms". */
export function readPurpose(text: string): string | undefined {
  const name = toWords(text).join('_').slice(0, 60)
  return /^[a-z]/.test(name) ? name : undefined
}

/** Puts the answers into the manifests of a copied starter template. */
export async function fillStarter(folder: string, answers: StarterAnswers): Promise<void> {
  const manifests = join(folder, 'manifests')
  for (const file of await readdir(manifests)) {
    const path = join(manifests, file)
    await writeFile(path, fillText(await readFile(path, 'utf8'), answers))
  }
}

/** In one pass, so that an answer is never taken for a value of the template. */
function fillText(text: string, { country, audience, purpose }: StarterAnswers): string {
  const answers = new Map([
    [JSON.stringify(inTemplate.country), JSON.stringify(country)],
    [JSON.stringify(inTemplate.audience), JSON.stringify(audience)],
    [JSON.stringify(inTemplate.purpose), JSON.stringify(purpose)],
    [inTemplate.slug, toObjectName(audience)],
  ])
  return text.replaceAll(
    new RegExp([...answers.keys()].join('|'), 'g'),
    (found) => answers.get(found) ?? found,
  )
}

/** The name of the segment; the template's own where the audience's name has no letters that a name may have. */
function toObjectName(audience: string): string {
  const name = toWords(audience).join('-').slice(0, 40).replace(/-$/, '')
  return /^[a-z]/.test(name) ? name : inTemplate.slug
}

function toWords(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.split(/[^a-z0-9]+/).filter((word) => word !== '')
}
