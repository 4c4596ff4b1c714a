import { isDerived } from '../../core/computed/derived-traits.ts'
import type { ProfileSchemaManifest } from '../../core/manifest/manifest.ts'
import type { Imputation } from '../../core/quality/imputation.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkName } from './workspace-view.ts'

type Traits = ProfileSchemaManifest['traits']

/** An imputed trait stands in for one that sources tell, of its own type, by a statistic that such values have. */
export function checkImputed({ traits }: ProfileSchemaManifest): PathFault[] {
  return Object.entries(traits).flatMap(([trait, definition]) => {
    const { imputed: rule } = definition
    return rule === undefined ? [] : checkRule(trait, rule, traits)
  })
}

function checkRule(trait: string, rule: Imputation, traits: Traits): PathFault[] {
  const path = ['traits', trait, 'imputed']
  const definition = traits[trait]
  if (definition?.computed !== undefined || definition?.enriched_by !== undefined) {
    const params = { key: 'imputed', suggestion: '', allowed: 'type, description, imputed' }
    return [{ path, at: 'key', code: 'manifest.unknown_key', params }]
  }
  const told = Object.keys(traits).filter((name) => {
    const other = traits[name]
    return other !== undefined && !isDerived(other)
  })
  const unknown = [
    ...checkName({ kind: 'trait', name: rule.from, known: told, path: [...path, 'from'] }),
    ...(rule.per === undefined
      ? []
      : checkName({
          kind: 'trait',
          name: rule.per,
          known: told.filter((name) => traits[name]?.type === 'text'),
          path: [...path, 'per'],
        })),
  ]
  return unknown.length > 0 ? unknown : checkTypes(path, rule, traits[trait]?.type, traits[rule.from]?.type)
}

function checkTypes(
  path: ManifestPath,
  rule: Imputation,
  type: string | undefined,
  source: string | undefined,
): PathFault[] {
  if (source !== type) {
    return [
      invalid([...path, 'from'], { key: 'from', expected: `trait of type "${type}"`, found: `"${source}"` }),
    ]
  }
  if ((rule.by === 'mean' || rule.by === 'median') && type !== 'number') {
    return [
      invalid([...path, 'by'], {
        key: 'by',
        expected: '"mode" or "constant"',
        found: `"${rule.by}" of "${type}"`,
      }),
    ]
  }
  if (type === 'list' || type === 'datetime') {
    const expected = 'trait of type "text", "number", "boolean" or "date"'
    return [invalid(path, { key: 'imputed', expected, found: `"${type}"` })]
  }
  return checkConstant(path, rule, type)
}

function checkConstant(path: ManifestPath, { by, value }: Imputation, type: string | undefined): PathFault[] {
  if (by !== 'constant') {
    if (value === undefined) return []
    const params = { key: 'value', suggestion: '', allowed: 'from, by, per' }
    return [{ path: [...path, 'value'], at: 'key', code: 'manifest.unknown_key', params }]
  }
  if (value === undefined) {
    return [{ path, code: 'manifest.missing_key', params: { key: 'value', expected: type ?? '' } }]
  }
  const fits =
    type === 'date'
      ? /^\d{4}-\d{2}-\d{2}$/.test(String(value))
      : typeof value === (type === 'text' ? 'string' : type)
  return fits
    ? []
    : [
        invalid([...path, 'value'], {
          key: 'value',
          expected: `value of type "${type}"`,
          found: typeof value,
        }),
      ]
}

const invalid = (
  path: ManifestPath,
  params: { readonly key: string; readonly expected: string; readonly found: string },
): PathFault => ({ path, code: 'manifest.invalid_value', params: { ...params, suggestion: '' } })
