import { z } from 'zod'
import { AffluentError } from '../core/errors/affluent-error.ts'
import type { Language } from './locales/translate.ts'
import type { SecretSettings } from './secrets/wrapping-keys.ts'

/** The environment as the process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Everything the hub takes from its environment, checked. */
export interface Config {
  /** AFFLUENT_LANG, else LC_ALL, LC_MESSAGES, LANG: French when it begins with "fr", otherwise English. */
  readonly language: Language
  /** False with NO_COLOR (https://no-color.org: any value that is not empty) and in CI. */
  readonly decorate: boolean
  /** True when a build server runs the hub: nobody is there to be asked. */
  readonly ci: boolean
  /** AFFLUENT_API_TOKEN: what callers of the API must show. At least 32 characters. */
  readonly apiToken: string | undefined
  /**
   * AFFLUENT_SECRET_KEY (32 bytes in base64), AFFLUENT_SECRET_KEY_FILE or AFFLUENT_SECRET_KEY_COMMAND: the key that opens the keys of all
   * secrets; without one of them the workspace has a key file. AFFLUENT_PREVIOUS_SECRET_KEY: the one before, while keys change.
   */
  readonly secrets: SecretSettings
  /** AFFLUENT_LOG_LEVEL. Default "error". */
  readonly logLevel: LogLevel
  /** AFFLUENT_HOST. Default 127.0.0.1. */
  readonly host: string
  /** AFFLUENT_PORT, 0 for any free one. Default 4000. */
  readonly port: number
  /**
   * AFFLUENT_PUBLIC_URL: where platforms reach the hub, without a slash at its end. Webhooks are verified against it, never against
   * what a request says of itself. Without it the hub takes none.
   */
  readonly publicUrl: string | undefined
  /** AFFLUENT_MEMORY_MB: what the warehouse may use before it spills to disk. Default 800. */
  readonly memoryMb: number
  /** AFFLUENT_SEGMENT_SECONDS: how long the evaluation of one segment may take. Default 60. */
  readonly segmentSeconds: number
  /**
   * AFFLUENT_REDIS_URL: the Redis that several hubs share their rate budgets through. May hold a password: never printed. Without it
   * each hub has the budgets of its connections alone.
   */
  readonly redisUrl: string | undefined
  /** Where the references of manifests (`${env:NAME}`) are looked up. Never printed. */
  readonly env: Environment
}

/** Bounds by which a secret of the API is worth the name: 32 characters of hexadecimal carry 128 bits. */
const tokenLength = 32

/** 32 bytes. */
const secretKey = z.string().regex(/^[A-Za-z0-9+/]{43}=?$/)

/** What an empty variable means is the same as no variable: shells and compose files make empty ones by accident. */
const settings = {
  AFFLUENT_LANG: z.enum(['en', 'fr']).optional(),
  AFFLUENT_API_TOKEN: z.string().min(tokenLength).optional(),
  AFFLUENT_SECRET_KEY: secretKey.optional(),
  AFFLUENT_SECRET_KEY_FILE: z.string().optional(),
  AFFLUENT_SECRET_KEY_COMMAND: z.string().optional(),
  AFFLUENT_PREVIOUS_SECRET_KEY: secretKey.optional(),
  AFFLUENT_LOG_LEVEL: z.enum(logLevels).default('error'),
  AFFLUENT_HOST: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
  AFFLUENT_PORT: z.coerce.number().pipe(z.int().min(0).max(65_535)).default(4_000),
  AFFLUENT_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isPlainAddress)
    .transform((address) => address.replace(/\/+$/, ''))
    .optional(),
  AFFLUENT_MEMORY_MB: z.coerce.number().pipe(z.int().min(100).max(1_048_576)).default(800),
  AFFLUENT_SEGMENT_SECONDS: z.coerce.number().pipe(z.int().min(1).max(86_400)).default(60),
  AFFLUENT_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
}
const settingsSchema = z.object(settings)

/** In words for a person: the value itself is never repeated, it could be a secret in the wrong variable. */
const expected: Readonly<Record<keyof typeof settings, string>> = {
  AFFLUENT_LANG: '"en", "fr"',
  AFFLUENT_API_TOKEN: `>= ${tokenLength} characters`,
  AFFLUENT_SECRET_KEY: '32 bytes, base64',
  AFFLUENT_SECRET_KEY_FILE: '/run/secrets/affluent-key',
  AFFLUENT_SECRET_KEY_COMMAND: 'vault kv get -field=key secret/affluent',
  AFFLUENT_PREVIOUS_SECRET_KEY: '32 bytes, base64',
  AFFLUENT_LOG_LEVEL: logLevels.map((level) => `"${level}"`).join(', '),
  AFFLUENT_HOST: 'IPv4, IPv6, "localhost"',
  AFFLUENT_PORT: '0–65535',
  AFFLUENT_PUBLIC_URL: 'https://hub.example.com',
  AFFLUENT_MEMORY_MB: '100–1048576',
  AFFLUENT_SEGMENT_SECONDS: '1–86400',
  AFFLUENT_REDIS_URL: 'redis://127.0.0.1:6379, rediss://…',
}

/** The environment of this process: asked for nowhere else. */
export const processEnvironment = (): Environment => process.env

/**
 * Reads settings from an environment. Throws `config.invalid` for the first variable that does not fit.
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw toFault(parsed.error)
  const { data } = parsed
  const ci = given['CI'] !== undefined && given['CI'] !== 'false'
  return {
    language: data.AFFLUENT_LANG ?? languageOf(given),
    decorate: given['NO_COLOR'] === undefined && !ci,
    ci,
    apiToken: data.AFFLUENT_API_TOKEN,
    secrets: {
      key: data.AFFLUENT_SECRET_KEY,
      file: data.AFFLUENT_SECRET_KEY_FILE,
      command: data.AFFLUENT_SECRET_KEY_COMMAND,
      previous: data.AFFLUENT_PREVIOUS_SECRET_KEY,
    },
    logLevel: data.AFFLUENT_LOG_LEVEL,
    host: data.AFFLUENT_HOST,
    port: data.AFFLUENT_PORT,
    publicUrl: data.AFFLUENT_PUBLIC_URL,
    memoryMb: data.AFFLUENT_MEMORY_MB,
    segmentSeconds: data.AFFLUENT_SEGMENT_SECONDS,
    redisUrl: data.AFFLUENT_REDIS_URL,
    env: environment,
  }
}

/** Scheme, host, port and path only: the rest would end up inside of signed texts. */
function isPlainAddress(address: string): boolean {
  // Refinements run on texts that are no address, too.
  if (!URL.canParse(address)) return false
  const { username, password } = new URL(address)
  return username === '' && password === '' && !/[?#]/.test(address)
}

/** POSIX order of precedence: LC_ALL, then the category, then LANG. */
function languageOf(environment: Environment): Language {
  const locale = environment['LC_ALL'] ?? environment['LC_MESSAGES'] ?? environment['LANG'] ?? ''
  return /^fr(?:[_.@-]|$)/i.test(locale) ? 'fr' : 'en'
}

function toFault(error: z.ZodError): AffluentError {
  const name = String(error.issues[0]?.path[0])
  const known = Object.entries(expected).find(([key]) => key === name)
  return new AffluentError('config.invalid', {
    act: 'reading the environment',
    name,
    expected: known?.[1] ?? '',
  })
}
