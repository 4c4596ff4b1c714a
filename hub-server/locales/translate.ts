import { createInstance } from 'i18next'
import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import enApi from './en/api.json' with { type: 'json' }
import enCli from './en/cli.json' with { type: 'json' }
import enErrors from './en/errors.json' with { type: 'json' }
import enPages from './en/pages.json' with { type: 'json' }
import frActs from './fr/acts.json' with { type: 'json' }
import frApi from './fr/api.json' with { type: 'json' }
import frCli from './fr/cli.json' with { type: 'json' }
import frErrors from './fr/errors.json' with { type: 'json' }
import frPages from './fr/pages.json' with { type: 'json' }
import { oneLine } from './one-line.ts'
import { translatePhrase } from './translate-phrase.ts'

/** Languages the hub speaks. */
export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]

/** Values for the placeholders. `count` chooses the plural form (`key_one`, `key_other`). */
export type TranslateParams = Readonly<Record<string, string | number>>

/** The text under a key: dots walk down the catalogue, `cli` unless another one is named: "api:health.ready". */
export type Translate = (key: string, params?: TranslateParams) => string

/** What a person is told of an error: what failed, as one clause, and what to do about it, as sentences. */
interface TranslatedError {
  readonly title: string
  readonly repair: string
}

export interface Translator {
  readonly language: Language
  readonly t: Translate
  /** A connector's own words, written in English: a reason, the name of a check, what to do. */
  readonly phrase: (text: string) => string
  /** Takes an `AffluentError`, a manifest fault, or the error of a stored run. Needs no param: what is not given is left out. */
  readonly error: (error: { readonly code: ErrorCode; readonly params: ErrorParams }) => TranslatedError
}

const catalogues = {
  en: { cli: enCli, errors: enErrors, api: enApi, pages: enPages },
  fr: { cli: frCli, errors: frErrors, api: frApi, pages: frPages },
}

/** The acts of errors (`params.act`) are written in English in the code; a phrase without a translation is shown as it is. */
const acts: Readonly<Record<Language, ReadonlyMap<string, string>>> = {
  en: new Map(),
  fr: new Map(Object.entries(frActs)),
}

/**
 * The words of one language. An error's text is `title` and `repair` under its code; where the error carries a param that the
 * catalogue knows better words for, `title_<param>` or `repair_<param>` is taken instead. In front of the title stands the place
 * in the manifest (params `file`, `line`, `column`), else the act that failed.
 */
export function createTranslator(language: Language): Translator {
  const words = createInstance()
  // Resources are in memory and initAsync is false, so it is ready when init returns.
  void words.init({
    lng: language,
    fallbackLng: false,
    initAsync: false,
    ns: ['cli', 'errors', 'api', 'pages'],
    defaultNS: 'cli',
    resources: catalogues,
    // Names, values and what platforms say stand in a text: none of them may end its line or paint over it.
    interpolation: { escapeValue: true, escape: oneLine },
    missingInterpolationHandler: () => '?',
  })
  const t: Translate = (key, params = {}) => words.t(key, params)
  const phrase = (text: string): string => translatePhrase(language, text)
  return {
    language,
    t,
    phrase,
    error({ code, params: given }) {
      const params = translateParams(given, ownWordsOf(code), phrase)
      const text = (part: 'title' | 'repair'): string =>
        t(`errors:${code}.${chooseVariant(language, code, part, params)}`, params)
      return { title: withPlace(text('title'), params, language), repair: text('repair') }
    },
  }
}

/** Params that connectors fill with words of their own. */
const connectorParams = ['said', 'remedy']

/** Params that faults of rules fill with words of the rule language. */
const ruleParams = ['expected', 'found', 'kind']

/** Params of an error that hold words of ours. What a person typed into a rule is quoted as it was typed. */
function ownWordsOf(code: ErrorCode): readonly string[] {
  if (code === 'segment.text_invalid') return []
  return /^(?:segment|trait|manifest)\./.test(code) ? ruleParams : connectorParams
}

function translateParams(
  params: ErrorParams,
  names: readonly string[],
  phrase: (text: string) => string,
): ErrorParams {
  const told = names.flatMap((name): [string, string][] => {
    const value = params[name]
    return typeof value === 'string' ? [[name, phrase(value)]] : []
  })
  return { ...params, ...Object.fromEntries(told) }
}

/** The first variant in the catalogue's order whose param is there and not empty. */
function chooseVariant(language: Language, code: ErrorCode, part: string, params: ErrorParams): string {
  const [group = '', name = ''] = code.split('.')
  const groups: Readonly<Record<string, Readonly<Record<string, object>>>> = catalogues[language].errors
  const variants = Object.keys(groups[group]?.[name] ?? {}).filter((key) => key.startsWith(`${part}_`))
  return variants.find((variant) => isGiven(params[variant.slice(part.length + 1)])) ?? part
}

function isGiven(value: string | number | undefined): boolean {
  return value !== undefined && value !== ''
}

function withPlace(title: string, params: ErrorParams, language: Language): string {
  const colon = language === 'fr' ? '\u00A0: ' : ': '
  const { file, line, column, act } = params
  if (file !== undefined && line !== undefined)
    return `${oneLine(String(file))}:${line}:${column ?? 1}${colon}${title}`
  if (act === undefined) return title
  return `${acts[language].get(String(act)) ?? oneLine(String(act))}${colon}${title}`
}
