import { AffluentError } from '../../core/errors/affluent-error.ts'
import { languages, type Language } from '../locales/translate.ts'

/** How a command line wants to be answered. Known before it is parsed, because refusals are answered that way too. */
export interface Words {
  /** `--lang`, when it names a language of ours. */
  readonly language: Language | undefined
  readonly json: boolean
  /** False: never ask. */
  readonly input: boolean
  readonly colour: boolean
  readonly verbose: boolean
}

/** Reads the options that every command takes; what follows "--" is none. */
export function readWords(typed: readonly string[]): Words {
  const end = typed.indexOf('--')
  const words = end === -1 ? typed : typed.slice(0, end)
  return {
    language: knownLanguage(languageOf(words)),
    json: words.includes('--json'),
    input: !words.includes('--no-input'),
    colour: !words.includes('--no-color'),
    verbose: words.includes('--verbose'),
  }
}

/** Throws `usage.wrong` for a language that the hub does not speak. */
export function checkLanguage(value: string | undefined): void {
  if (value === undefined || knownLanguage(value)) return
  throw new AffluentError('usage.wrong', { act: 'affluent --lang', value, expected: languages.join(', ') })
}

const knownLanguage = (value: string | undefined): Language | undefined =>
  languages.find((language) => language === value)

function languageOf(words: readonly string[]): string | undefined {
  const given = words.flatMap((word, index) => {
    if (word.startsWith('--lang=')) return [word.slice('--lang='.length)]
    return word === '--lang' ? [words[index + 1] ?? ''] : []
  })
  return given.at(-1)
}
