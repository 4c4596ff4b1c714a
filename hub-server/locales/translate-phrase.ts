import frPlatforms from './fr/platforms.json' with { type: 'json' }
import frRules from './fr/rules.json' with { type: 'json' }
import type { Language } from './translate.ts'

/** A phrase of a connector, or of the rule language, with `{{1}}`, `{{2}}` … where it names things. */
interface Template {
  readonly pattern: RegExp
  readonly meaning: string
}

/** Longer texts are what a platform said, not what we wrote. */
const longestPhrase = 600

const phrases: Readonly<Record<Language, ReadonlyMap<string, string>>> = {
  en: new Map(),
  fr: new Map([...Object.entries(frPlatforms), ...Object.entries(frRules)]),
}

const templates: Readonly<Record<Language, readonly Template[]>> = {
  en: [],
  fr: [...phrases.fr].filter(([text]) => text.includes('{{')).map(toTemplate),
}

function toTemplate([text, meaning]: readonly [string, string]): Template {
  const fixed = text.split(/\{\{\d\}\}/).map((part) => RegExp.escape(part))
  return { pattern: new RegExp(`^${fixed.join('(.+?)')}$`, 's'), meaning }
}

/**
 * What a connector wrote in English (a remedy, a reason, the name of a check) in the reader's language. Connectors are islands that
 * know no languages; their phrases are found by their English text, and so is what a fault of a rule expected and found. What a platform itself said stays as it is.
 */
export function translatePhrase(language: Language, text: string): string {
  const whole = phrases[language].get(text)
  if (whole !== undefined || text.length > longestPhrase) return whole ?? text
  for (const { pattern, meaning } of templates[language]) {
    const found = pattern.exec(text)
    if (found) return meaning.replace(/\{\{(\d)\}\}/g, (_place, index: string) => found[Number(index)] ?? '')
  }
  return text
}
