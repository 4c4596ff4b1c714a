import { withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import { comparedNames, keyNames } from '../../core/identity/matching.ts'
import type { IdentityManifest } from '../../core/manifest/manifest.ts'
import type { PathFault } from './manifest-fault.ts'
import { checkName, type WorkspaceView } from './workspace-view.ts'

/** What zod cannot see in an identity manifest: traits and identifiers exist, "union" is for lists, everything compared can be learned. */
export function checkIdentity(identity: IdentityManifest, view: WorkspaceView): PathFault[] {
  const schema = view.profileSchema && withoutDerivedTraits(view.profileSchema)
  if (!schema) return []
  const kinds = Object.keys(schema.identifiers)
  const order = identity.order.flatMap((name, index) =>
    checkName({ kind: 'identifier', name, known: kinds, path: ['order', index] }),
  )
  const rules = Object.keys(identity.identifiers).flatMap((name) =>
    checkName({ kind: 'identifier', name, known: kinds, path: ['identifiers', name], at: 'key' }),
  )
  const survivorship = Object.entries(identity.survivorship).flatMap(([trait, rule]): PathFault[] => {
    const known = Object.keys(schema.traits)
    const faults = checkName({ kind: 'trait', name: trait, known, path: ['survivorship', trait], at: 'key' })
    const type = schema.traits[trait]?.type
    if (faults.length > 0 || rule !== 'union' || type === 'list') return faults
    const params = {
      key: trait,
      expected: 'trait of type "list"',
      found: `"union" of "${type}"`,
      suggestion: '',
    }
    return [{ path: ['survivorship', trait], code: 'manifest.invalid_value', params }]
  })
  return [...order, ...rules, ...survivorship, ...checkMatching(identity, view)]
}

function checkMatching({ matching }: IdentityManifest, view: WorkspaceView): PathFault[] {
  const schema = view.profileSchema && withoutDerivedTraits(view.profileSchema)
  if (!matching || !schema) return []
  const known = [...Object.keys(schema.traits), ...Object.keys(schema.identifiers)]
  const lookUp = (name: string, path: PathFault['path']): PathFault[] =>
    checkName({ kind: 'trait', name, known, path: ['matching', ...path] })
  const compared = matching.compare.flatMap((comparison, index) =>
    comparedNames(comparison).flatMap((name) => lookUp(name, ['compare', index])),
  )
  const keys = (['candidates', 'certain', 'train'] as const).flatMap((use) =>
    matching[use].flatMap((key, index) => keyNames(key).flatMap((name) => lookUp(name, [use, index]))),
  )
  return [...compared, ...keys, ...checkTraining(matching)]
}

/** A comparison whose trait is part of every training key would never be learned. */
function checkTraining(matching: NonNullable<IdentityManifest['matching']>): PathFault[] {
  return matching.compare.flatMap(({ on }, index): PathFault[] => {
    if (matching.train.some((key) => !keyNames(key).includes(on))) return []
    return [{ path: ['matching', 'compare', index, 'on'], code: 'identity.untrained', params: { trait: on } }]
  })
}
