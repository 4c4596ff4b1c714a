import { posix } from 'node:path'
import type { Layer } from './layers.ts'
import { readImports, type FoundImport } from './read-imports.ts'

/** Source text by path from the repository's root. */
export type Tree = ReadonlyMap<string, string>

export interface LayerRules {
  readonly layers: readonly Layer[]
  /** Names in the manifest's "dependencies": what the published package brings along. */
  readonly dependencies: readonly string[]
}

/** Every breach of the table, one line each: "file:line imports what: why". */
export function checkLayers(tree: Tree, rules: LayerRules): string[] {
  const sources = [...tree].filter(([path]) => /^(?:core|connectors|hub-server)\/.*\.ts$/.test(path))
  const breaches = sources.flatMap(([path, source]) =>
    readImports(source).flatMap((found) => {
      const why = findBreach(path, found, tree, rules)
      return why === undefined
        ? []
        : [`${path}:${found.line} imports ${found.specifier ?? 'a computed path'}: ${why}`]
    }),
  )
  return [...breaches, ...findCycles(tree)]
}

function findBreach(path: string, found: FoundImport, tree: Tree, rules: LayerRules): string | undefined {
  const layer = rules.layers.find(({ files }) => files.test(path))
  if (!layer) return 'the file belongs to no layer'
  const { specifier } = found
  if (specifier === null) return 'the path must be a plain text'
  if (specifier.startsWith('node:'))
    return isIn(specifier, layer.node) ? undefined : `${layer.name} may not use it`
  if (!specifier.startsWith('.')) return findPackageBreach(specifier, layer, rules.dependencies)
  const target = resolveImport(path, specifier)
  return tree.has(target) ? findFolderBreach(path, target, layer) : 'there is no such file'
}

function findFolderBreach(path: string, target: string, layer: Layer): string | undefined {
  if (target.startsWith('test/')) return 'nothing imports test'
  const slug = layer.files.exec(path)?.[1] ?? ''
  const covers = (pattern: string): boolean => toPattern(pattern, slug).test(target)
  const isAllowed = layer.imports.some(covers) && !layer.except?.some(covers)
  return isAllowed ? undefined : `${layer.name} may not import it`
}

function findPackageBreach(
  specifier: string,
  layer: Layer,
  dependencies: readonly string[],
): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (!dependencies.includes(name)) return 'it is not among the dependencies'
  return isIn(name, layer.packages) ? undefined : `${layer.name} may not use the package`
}

function isIn(name: string, list: readonly string[] | 'any'): boolean {
  return list === 'any' || list.includes(name)
}

function toPattern(text: string, slug: string): RegExp {
  const escaped = text
    .replaceAll('$1', slug)
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]+')
  return new RegExp(`^${escaped}${text.endsWith('/') ? '' : '$'}`)
}

function resolveImport(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier))
}

/** Circles of imports that exist at run time. Types may refer to each other. */
function findCycles(tree: Tree): string[] {
  const cycles: string[] = []
  const settled = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`)
      return
    }
    if (settled.has(path)) return
    for (const next of runtimeImports(path, tree)) walk(next, [...trail, path])
    settled.add(path)
  }
  for (const path of tree.keys()) walk(path, [])
  return cycles
}

function runtimeImports(path: string, tree: Tree): string[] {
  if (!path.endsWith('.ts') || path.startsWith('test/')) return []
  return readImports(tree.get(path) ?? '')
    .filter(({ typeOnly }) => !typeOnly)
    .flatMap(({ specifier }) => (specifier?.startsWith('.') ? [resolveImport(path, specifier)] : []))
}
