import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { roles, type Role } from '../../core/port/access-store.ts'

/** Which people of the identity provider get which role: by a group of theirs, or by the domain of their verified e-mail. */
interface RoleRule {
  readonly by: 'group' | 'domain'
  readonly value: string
  readonly role: Role
}

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  /** The secret itself or a reference, "${file:secrets/oidc}". Undefined for a client without one. */
  readonly clientSecret: string | undefined
  /** The claim that lists a person's groups. Default "groups". */
  readonly groupsClaim: string
  /** In order: the first one that fits counts. Whom none fits may not sign in. */
  readonly rules: readonly RoleRule[]
}

const rulePattern = /^(group|domain):([^=,]{1,128})=([a-z]+)$/

const settings = {
  AFFLUENT_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).refine(isSafeIssuer),
  AFFLUENT_OIDC_CLIENT_ID: z.string().min(1).max(256),
  AFFLUENT_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  AFFLUENT_OIDC_GROUPS_CLAIM: z.string().min(1).max(128).default('groups'),
  AFFLUENT_OIDC_ROLES: z
    .string()
    .transform((text) => text.split(',').map((part) => toRule(part.trim())))
    .pipe(z.array(z.custom<RoleRule>((rule) => rule !== undefined)).min(1)),
}
const settingsSchema = z.object(settings)

/** Names of the environment variables. */
export const oidcSettingNames: readonly string[] = Object.keys(settings)

const expected: Readonly<Record<string, string>> = {
  AFFLUENT_OIDC_ISSUER: 'https://login.example.com',
  AFFLUENT_OIDC_ROLES: 'group:marketing=operator,domain:example.com=viewer',
}

/**
 * Settings of single sign-on; undefined without AFFLUENT_OIDC_ISSUER. Throws `config.invalid` for the first variable that is missing or
 * does not fit.
 */
export function readOidcSettings(
  given: Readonly<Record<string, string | undefined>>,
): OidcSettings | undefined {
  if ((given['AFFLUENT_OIDC_ISSUER'] ?? '') === '') return undefined
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
  const parsed = settingsSchema.safeParse(filled)
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0])
    throw new AffluentError('config.invalid', {
      act: 'reading the environment',
      name,
      expected: expected[name] ?? 'text',
    })
  }
  const { data } = parsed
  return {
    issuer: data.AFFLUENT_OIDC_ISSUER,
    clientId: data.AFFLUENT_OIDC_CLIENT_ID,
    clientSecret: data.AFFLUENT_OIDC_CLIENT_SECRET,
    groupsClaim: data.AFFLUENT_OIDC_GROUPS_CLAIM,
    rules: data.AFFLUENT_OIDC_ROLES,
  }
}

function toRule(text: string): RoleRule | undefined {
  const [, kind, value = '', name] = rulePattern.exec(text) ?? []
  const role = roles.find((known) => known === name)
  if (role === undefined || (kind !== 'group' && kind !== 'domain')) return undefined
  return { by: kind, value: kind === 'domain' ? value.toLowerCase() : value, role }
}

/** Tokens travel in the open without TLS; on this machine nobody listens. */
function isSafeIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false
  const { protocol, hostname, search, hash } = new URL(issuer)
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  return search === '' && hash === '' && (protocol === 'https:' || isHere)
}
