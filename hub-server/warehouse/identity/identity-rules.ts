import { createHash } from 'node:crypto'
import { compileBlocked, type BlockedValues } from '../../../core/identity/blocked-values.ts'
import type { SurvivorshipRule } from '../../../core/manifest/identity.ts'
import type { IdentityManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'

/** An identity manifest, ready to be applied to the records of a profile schema. */
export interface IdentityRules {
  /** Names everything that the outcome depends on; '' without a manifest. */
  readonly digest: string
  /** Identifier kind → its place in the order of trust, from 0. */
  readonly ranks: ReadonlyMap<string, number>
  /** Most values of a kind that one profile may hold. */
  readonly limits: ReadonlyMap<string, number>
  /** Most living records that may hold a value before it joins nobody. */
  readonly sharedBy: ReadonlyMap<string, number>
  readonly blocked: ReadonlyMap<string, BlockedValues>
  readonly survivorship: ReadonlyMap<string, Exclude<SurvivorshipRule, 'source_priority'>>
}

/** Raised whenever the same manifest and records would give other profiles. */
const resolverVersion = 1

/** Without a manifest identifiers join without limits. */
export function compileIdentity(
  identity: IdentityManifest | undefined,
  schema: ProfileSchema,
): IdentityRules {
  const kinds = Object.keys(schema.identifiers)
  const order = [...new Set([...(identity?.order ?? []), ...kinds])].filter((kind) => kinds.includes(kind))
  const rules = Object.entries(identity?.identifiers ?? {}).filter(([kind]) => kinds.includes(kind))
  return {
    digest: identity ? digestOf(identity, order) : '',
    ranks: new Map(order.map((kind, rank) => [kind, rank])),
    limits: new Map(rules.flatMap(([kind, { limit }]) => (limit === undefined ? [] : [[kind, limit]]))),
    sharedBy: new Map(
      rules.flatMap(([kind, { shared_by: most }]) => (most === undefined ? [] : [[kind, most]])),
    ),
    blocked: new Map(
      rules.flatMap(([kind, { blocked }]): [string, BlockedValues][] => {
        const form = schema.identifiers[kind]?.form
        return blocked.length === 0 || form === undefined
          ? []
          : [[kind, compileBlocked(blocked, form, schema.default_country)]]
      }),
    ),
    survivorship: new Map(
      Object.entries(identity?.survivorship ?? {}).flatMap(([trait, rule]) =>
        rule === 'source_priority' || !Object.hasOwn(schema.traits, trait) ? [] : [[trait, rule]],
      ),
    ),
  }
}

/** Titles and the model of matching change no profile by themselves: links do. */
function digestOf({ identifiers, survivorship }: IdentityManifest, order: readonly string[]): string {
  const shape = JSON.stringify([resolverVersion, order, identifiers, survivorship])
  return createHash('sha256').update(shape).digest('hex')
}

/** True when some value may join nobody. */
export const hasDeadValues = ({ sharedBy, blocked }: IdentityRules): boolean =>
  sharedBy.size > 0 || blocked.size > 0
