import { lineAt, withoutComments } from './source-text.ts'

/** One import, re-export, dynamic import or `import()` type of a source file. */
export interface FoundImport {
  /** As written; null when it is not a plain text and so cannot be checked. */
  readonly specifier: string | null
  readonly line: number
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, with everything between over several lines. */
const statement =
  /^[ \t]*(?:import|export)(?<type>\s+type)?\b(?:[^'"`;=()]*?\bfrom)?\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm
const dynamic = /\bimport\s*\(\s*(?:(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>)?/g
const required = /\brequire\s*\(\s*(?:(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>)?/g

/** All imports of a file, in no particular order. A little grammar of its own, for TypeScript 7 has no programmatic interface. */
export function readImports(source: string): FoundImport[] {
  const code = withoutComments(source)
  const find = (pattern: RegExp): FoundImport[] =>
    [...code.matchAll(pattern)].map((match) => ({
      specifier: match.groups?.['specifier'] ?? null,
      line: lineAt(code, match.index + match[0].search(/\S/)),
      typeOnly: match.groups?.['type'] !== undefined,
    }))
  return [...find(statement), ...find(dynamic), ...find(required)]
}
