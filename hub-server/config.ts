import { z } from 'zod'
import { AffluentError } from '../core/errors/affluent-error.ts'
import { parsePrivateNetworks, type PrivateNetworks } from '../core/network/private-networks.ts'
import { oidcSettingNames, readOidcSettings, type OidcSettings } from './access/oidc-settings.ts'
import { noTrustedProxies, parseTrustedProxies, type TrustedProxies } from './http/trusted-proxies.ts'
import type { Language } from './locales/translate.ts'
import { readAlertSettings, type AlertSettings } from './operation/alert-settings.ts'
import type { SecretSettings } from './secrets/wrapping-keys.ts'
import { readTracing, type TracingConfig } from './telemetry/tracing-config.ts'

/** The environment as the process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export const isLogLevel = (text: string): text is LogLevel => logLevels.some((level) => level === text)

/** Everything the hub takes from its environment, checked. */
export interface Config {
  /** AFFLUENT_LANG, else LC_ALL, LC_MESSAGES, LANG: French when it begins with "fr", otherwise English. */
  readonly language: Language
  /** False with NO_COLOR (https://no-color.org: any value that is not empty) and in CI. */
  readonly decorate: boolean
  /** True when a build server runs the hub: nobody is there to be asked. */
  readonly ci: boolean
  /**
   * AFFLUENT_SECRET_KEY (32 bytes in base64), AFFLUENT_SECRET_KEY_FILE or AFFLUENT_SECRET_KEY_COMMAND: the key that opens the keys of all
   * secrets; without one of them the workspace has a key file. AFFLUENT_PREVIOUS_SECRET_KEY: the one before, while keys change.
   */
  readonly secrets: SecretSettings
  /** AFFLUENT_AUDIT_CHECKPOINTS: a file on other storage, or an https address, that signed checkpoints of the audit log go to. */
  readonly auditCheckpoints: string | undefined
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
  /** AFFLUENT_TRUSTED_PROXIES: whose word of where a request came from, and of TLS, counts. Default: nobody's. */
  readonly trustedProxies: TrustedProxies
  /** AFFLUENT_MEMORY_MB: what the warehouse may use before it spills to disk. Default 800. */
  readonly memoryMb: number
  /** AFFLUENT_SEGMENT_SECONDS: how long the evaluation of one segment may take. Default 60. */
  readonly segmentSeconds: number
  /**
   * AFFLUENT_REDIS_URL: the Redis that several hubs share their rate budgets through. May hold a password: never printed. Without it
   * each hub has the budgets of its connections alone.
   */
  readonly redisUrl: string | undefined
  /** AFFLUENT_DISK_RESERVE_MB: room below which cycles pause; below a quarter of it events are refused. Default 1024. */
  readonly diskReserveMb: number
  /** AFFLUENT_ALERT_* and AFFLUENT_SMTP_URL: who is told when something of the hub needs a person. Holds secrets: never printed. */
  readonly alerts: AlertSettings
  /** The OTEL_* variables of OpenTelemetry; undefined: traces go nowhere. */
  readonly tracing: TracingConfig | undefined
  /** The AFFLUENT_OIDC_* variables; undefined: there is no single sign-on. */
  readonly oidc: OidcSettings | undefined
  /** Where the references of manifests (`${env:NAME}`) are looked up. Never printed. */
  readonly env: Environment
}

/** Bounds by which a shared secret is worth the name: 32 characters of hexadecimal carry 128 bits. */
const tokenLength = 32

/** 32 bytes. */
const secretKey = z.string().regex(/^[A-Za-z0-9+/]{43}=?$/)

/** What an empty variable means is the same as no variable: shells and compose files make empty ones by accident. */
const settings = {
  AFFLUENT_LANG: z.enum(['en', 'fr']).optional(),
  AFFLUENT_SECRET_KEY: secretKey.optional(),
  AFFLUENT_SECRET_KEY_FILE: z.string().optional(),
  AFFLUENT_SECRET_KEY_COMMAND: z.string().optional(),
  AFFLUENT_PREVIOUS_SECRET_KEY: secretKey.optional(),
  // A path, or an address: whatever else has a scheme would be taken for a path.
  AFFLUENT_AUDIT_CHECKPOINTS: z
    .string()
    .refine((place) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(place) || /^https?:\/\/[^/]/.test(place))
    .optional(),
  AFFLUENT_LOG_LEVEL: z.enum(logLevels).default('error'),
  AFFLUENT_HOST: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
  AFFLUENT_PORT: z.coerce.number().pipe(z.int().min(0).max(65_535)).default(4_000),
  AFFLUENT_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isPlainAddress)
    .transform((address) => address.replace(/\/+$/, ''))
    .optional(),
  AFFLUENT_TRUSTED_PROXIES: z
    .string()
    .transform(parseTrustedProxies)
    .pipe(z.custom<TrustedProxies>((proxies) => proxies !== undefined))
    .optional(),
  AFFLUENT_MEMORY_MB: z.coerce.number().pipe(z.int().min(100).max(1_048_576)).default(800),
  AFFLUENT_SEGMENT_SECONDS: z.coerce.number().pipe(z.int().min(1).max(86_400)).default(60),
  AFFLUENT_REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  AFFLUENT_DISK_RESERVE_MB: z.coerce.number().pipe(z.int().min(1).max(1_048_576)).default(1_024),
  AFFLUENT_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  AFFLUENT_ALERT_EMAIL_FROM: z.email().optional(),
  AFFLUENT_ALERT_EMAIL_TO: z
    .string()
    .transform((list) => list.split(',').map((address) => address.trim()))
    .pipe(z.array(z.email()).min(1))
    .optional(),
  AFFLUENT_ALERT_SLACK_URL: z.url({ protocol: /^https?$/ }).optional(),
  AFFLUENT_ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  AFFLUENT_ALERT_WEBHOOK_SECRET: z.string().min(tokenLength).optional(),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^\s*[\w!#$%&'*+.^`|~-]+\s*=[^,]*(?:,\s*[\w!#$%&'*+.^`|~-]+\s*=[^,]*)*,?\s*$/)
    .optional(),
  OTEL_SERVICE_NAME: z.string().max(100).optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().pipe(z.number().min(0).max(1)).optional(),
  // Read where references are looked up, as the workspace's `.env` may hold it too.
  AFFLUENT_MANIFEST_ENV: z
    .string()
    .regex(/^[\w*\s,]*$/)
    .refine((list) => !/\*\s*[^\s,]/.test(list))
    .optional(),
  AFFLUENT_PRIVATE_NETWORKS: z
    .string()
    .refine((list) => parsePrivateNetworks(list) !== undefined)
    .optional(),
}
const settingsSchema = z.object(settings)

/** Every variable that the hub reads beside those of the system (LANG, LC_ALL, LC_MESSAGES, NO_COLOR, CI). */
export const settingNames: readonly string[] = [...Object.keys(settings), ...oidcSettingNames]

/** In words for a person: the value itself is never repeated, it could be a secret in the wrong variable. */
const expected: Readonly<Record<keyof typeof settings, string>> = {
  AFFLUENT_LANG: '"en", "fr"',
  AFFLUENT_SECRET_KEY: '32 bytes, base64',
  AFFLUENT_SECRET_KEY_FILE: '/run/secrets/affluent-key',
  AFFLUENT_SECRET_KEY_COMMAND: 'vault kv get -field=key secret/affluent',
  AFFLUENT_PREVIOUS_SECRET_KEY: '32 bytes, base64',
  AFFLUENT_AUDIT_CHECKPOINTS: '/mnt/elsewhere/affluent-audit.jsonl, https://…',
  AFFLUENT_LOG_LEVEL: logLevels.map((level) => `"${level}"`).join(', '),
  AFFLUENT_HOST: 'IPv4, IPv6, "localhost"',
  AFFLUENT_PORT: '0–65535',
  AFFLUENT_PUBLIC_URL: 'https://hub.example.com',
  AFFLUENT_TRUSTED_PROXIES: '127.0.0.1, 10.1.0.0/16, …',
  AFFLUENT_MEMORY_MB: '100–1048576',
  AFFLUENT_SEGMENT_SECONDS: '1–86400',
  AFFLUENT_REDIS_URL: 'redis://127.0.0.1:6379, rediss://…',
  AFFLUENT_DISK_RESERVE_MB: '1–1048576',
  AFFLUENT_SMTP_URL: 'smtp://mail.example.com:587, smtps://…',
  AFFLUENT_ALERT_EMAIL_FROM: 'hub@example.com',
  AFFLUENT_ALERT_EMAIL_TO: 'ops@example.com,ada@example.com',
  AFFLUENT_ALERT_SLACK_URL: 'https://hooks.slack.com/services/…',
  AFFLUENT_ALERT_WEBHOOK_URL: 'https://ops.example.com/affluent',
  AFFLUENT_ALERT_WEBHOOK_SECRET: `>= ${tokenLength} characters`,
  OTEL_SDK_DISABLED: '"true", "false"',
  OTEL_TRACES_EXPORTER: '"otlp", "none"',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces',
  OTEL_EXPORTER_OTLP_HEADERS: 'name=value,name=value',
  OTEL_SERVICE_NAME: 'affluent',
  OTEL_TRACES_SAMPLER_ARG: '0–1',
  AFFLUENT_MANIFEST_ENV: 'META_*, HUBSPOT_TOKEN, …',
  AFFLUENT_PRIVATE_NETWORKS: '10.1.0.0/16, crm.internal:8443, …',
}

/** The environment of this process: asked for nowhere else. */
export const processEnvironment = (): Environment => process.env

/**
 * Reads settings from an environment. Throws `config.invalid` for the first variable that does not fit, and `config.tls_unchecked`.
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  // Our own connections check certificates whatever it says; those of a library, of a mail server or of Redis would not.
  if (given['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') throw new AffluentError('config.tls_unchecked')
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw toFault(parsed.error)
  const { data } = parsed
  const ci = given['CI'] !== undefined && given['CI'] !== 'false'
  return {
    language: data.AFFLUENT_LANG ?? languageOf(given),
    decorate: given['NO_COLOR'] === undefined && !ci,
    ci,
    secrets: {
      key: data.AFFLUENT_SECRET_KEY,
      file: data.AFFLUENT_SECRET_KEY_FILE,
      command: data.AFFLUENT_SECRET_KEY_COMMAND,
      previous: data.AFFLUENT_PREVIOUS_SECRET_KEY,
    },
    auditCheckpoints: data.AFFLUENT_AUDIT_CHECKPOINTS,
    logLevel: data.AFFLUENT_LOG_LEVEL,
    host: data.AFFLUENT_HOST,
    port: data.AFFLUENT_PORT,
    publicUrl: data.AFFLUENT_PUBLIC_URL,
    trustedProxies: data.AFFLUENT_TRUSTED_PROXIES ?? noTrustedProxies,
    memoryMb: data.AFFLUENT_MEMORY_MB,
    segmentSeconds: data.AFFLUENT_SEGMENT_SECONDS,
    redisUrl: data.AFFLUENT_REDIS_URL,
    diskReserveMb: data.AFFLUENT_DISK_RESERVE_MB,
    alerts: readAlertSettings(data),
    tracing: readTracing(data),
    oidc: readOidcSettings(environment),
    env: environment,
  }
}

/**
 * AFFLUENT_PRIVATE_NETWORKS: where the hub may connect beyond the public internet. Also read from the workspace's `.env`, as the addresses of
 * connections are. Default: nowhere. Throws `config.invalid`.
 */
export function readPrivateNetworks(environment: Environment): PrivateNetworks {
  const networks = parsePrivateNetworks(environment['AFFLUENT_PRIVATE_NETWORKS'] ?? '')
  if (networks) return networks
  const name = 'AFFLUENT_PRIVATE_NETWORKS'
  throw new AffluentError('config.invalid', {
    act: 'reading the environment',
    name,
    expected: expected[name],
  })
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
