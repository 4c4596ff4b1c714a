import { withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import type { ProfileSchemaManifest, QualityManifest } from '../../core/manifest/manifest.ts'
import type { QualityCheck } from '../../core/manifest/quality.ts'
import { canNormalise, checkName as nameOf, type CheckName } from '../../core/quality/value-check.ts'
import { checkStream } from './check-stream.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkName, type WorkspaceView } from './workspace-view.ts'

/**
 * What zod cannot see in a quality manifest: the stream, traits and identifiers exist, a check fits the type of what it looks at, and
 * only checks that know a normal form normalise.
 */
export function checkQuality(quality: QualityManifest, view: WorkspaceView): PathFault[] {
  const stream = checkStream(view, quality, [])
  const schema = view.profileSchema && withoutDerivedTraits(view.profileSchema)
  if (!schema) return stream
  return [
    ...stream,
    ...checkFlags(quality, schema),
    ...quality.checks.flatMap((check, index) => checkOne(check, schema, ['checks', index])),
  ]
}

function checkFlags({ flags_into: trait }: QualityManifest, schema: ProfileSchemaManifest): PathFault[] {
  if (trait === undefined) return []
  const path = ['flags_into']
  const unknown = checkName({ kind: 'trait', name: trait, known: Object.keys(schema.traits), path })
  const type = schema.traits[trait]?.type
  return unknown.length > 0 || type === 'list'
    ? unknown
    : [invalid(path, { key: 'flags_into', expected: 'trait of type "list"', found: `type "${type}"` })]
}

function checkOne(check: QualityCheck, schema: ProfileSchemaManifest, path: ManifestPath): PathFault[] {
  const names = [check.on].flat()
  const known = [...Object.keys(schema.traits), ...Object.keys(schema.identifiers)]
  const unknown = names.flatMap((name, index) =>
    checkName({
      kind: 'trait',
      name,
      known,
      path: Array.isArray(check.on) ? [...path, 'on', index] : [...path, 'on'],
    }),
  )
  return unknown.length > 0
    ? unknown
    : [
        ...checkType(check, schema, path),
        ...checkCountryTrait(check, schema, path),
        ...checkAction(check, schema, path),
        ...checkPattern(check, path),
      ]
}

/** What a check can look at: "email" and "phone" are the forms of identifiers, the others types of traits. */
const fitting: Readonly<Record<CheckName, readonly string[]>> = {
  filled: ['text', 'number', 'boolean', 'date', 'datetime', 'list', 'email', 'phone', 'exact'],
  mailable: ['text', 'email'],
  disposable: ['text', 'email'],
  role_address: ['text', 'email'],
  domain_typo: ['text', 'email'],
  country: ['text'],
  phone: ['text', 'phone'],
  postcode: ['text'],
  date: ['text', 'date', 'datetime'],
  money: ['text'],
  between: ['number'],
  one_of: ['text', 'exact'],
  pattern: ['text', 'email', 'phone', 'exact'],
  outlier: ['number'],
  isolation_forest: ['number'],
}

function checkType(
  { on, check }: QualityCheck,
  schema: ProfileSchemaManifest,
  path: ManifestPath,
): PathFault[] {
  const name = nameOf(check)
  const isForest = name === 'isolation_forest'
  if (isForest !== Array.isArray(on)) {
    const expected = isForest ? 'list of numeric traits' : 'one trait or identifier kind'
    return [invalid([...path, 'on'], { key: 'on', expected, found: [on].flat().join(', ') })]
  }
  return [on].flat().flatMap((target, index): PathFault[] => {
    const type = typeOf(schema, target)
    if (fitting[name].includes(type)) return []
    const at = isForest ? [...path, 'on', index] : [...path, 'on']
    const expected = `${fitting[name].map((one) => JSON.stringify(one)).join(', ')} for "${name}"`
    return [invalid(at, { key: target, expected, found: JSON.stringify(type) })]
  })
}

const typeOf = (schema: ProfileSchemaManifest, name: string): string =>
  schema.traits[name]?.type ?? schema.identifiers[name]?.form ?? ''

function checkCountryTrait(
  { check }: QualityCheck,
  schema: ProfileSchemaManifest,
  path: ManifestPath,
): PathFault[] {
  if (typeof check === 'string') return []
  const settings = 'phone' in check ? check.phone : 'postcode' in check ? check.postcode : undefined
  if (settings?.country_from === undefined) return []
  return checkName({
    kind: 'trait',
    name: settings.country_from,
    known: Object.keys(schema.traits).filter((trait) => schema.traits[trait]?.type === 'text'),
    path: [...path, 'check', nameOf(check), 'country_from'],
  })
}

function checkAction(
  { on, check, action, otherwise }: QualityCheck,
  schema: ProfileSchemaManifest,
  path: ManifestPath,
): PathFault[] {
  const at = [...path, 'action']
  if (otherwise !== undefined && action !== 'normalise') {
    const params = { key: 'otherwise', suggestion: '', allowed: 'on, check, action' }
    return [{ path: [...path, 'otherwise'], at: 'key', code: 'manifest.unknown_key', params }]
  }
  if (nameOf(check) === 'isolation_forest' && (action === 'drop' || action === 'normalise')) {
    return [invalid(at, { key: 'action', expected: '"flag" or "quarantine"', found: JSON.stringify(action) })]
  }
  if (action !== 'normalise') return []
  const expected =
    'another action: identifiers are normalised already, and only "country", "phone", "postcode", "date" and "money" of texts have a normal form'
  const isText = [on].flat().every((name) => schema.traits[name]?.type === 'text')
  return canNormalise(check) && isText ? [] : [invalid(at, { key: 'action', expected, found: '"normalise"' })]
}

/** What RE2, which always ends, does not know: looking around, and referring back to a group. */
const notRe2 = /\(\?[=!]|\(\?<[=!]|\\[1-9]|\\k</

function checkPattern({ check }: QualityCheck, path: ManifestPath): PathFault[] {
  if (typeof check === 'string' || !('pattern' in check)) return []
  const at = [...path, 'check', 'pattern']
  try {
    RegExp(check.pattern, 'u')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return [invalid(at, { key: 'pattern', expected: 'regular expression', found: 'one that does not parse' })]
  }
  return notRe2.test(check.pattern)
    ? [
        invalid(at, {
          key: 'pattern',
          expected: 'regular expression without look-around and back-references',
          found: 'one with them',
        }),
      ]
    : []
}

const invalid = (
  path: ManifestPath,
  params: { readonly key: string; readonly expected: string; readonly found: string },
): PathFault => ({ path, code: 'manifest.invalid_value', params: { ...params, suggestion: '' } })
