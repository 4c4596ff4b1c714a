/** Something outside the manifests that a value of a connection's `config` stands for. */
export type Reference =
  | { readonly kind: 'env'; readonly name: string; readonly fallback?: string }
  | { readonly kind: 'file'; readonly file: string }

const envReference = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}$/
const fileReference = /^\$\{file:([^{}]+)\}$/

/**
 * Reads `${env:NAME}`, `${env:NAME:-default}` or `${file:relative/path}`. A reference is a whole value or none: "partial" tells of a
 * text that has one inside, or of one that is written wrongly; undefined is a plain text.
 */
export function parseReference(text: string): Reference | 'partial' | undefined {
  if (!text.includes('${')) return undefined
  const env = envReference.exec(text)
  if (env?.[1] !== undefined)
    return { kind: 'env', name: env[1], ...(env[2] !== undefined && { fallback: env[2] }) }
  const file = fileReference.exec(text)
  return file?.[1] === undefined ? 'partial' : { kind: 'file', file: file[1] }
}

/** The reference as an error may name it: never with its default, which is content. */
export function nameOfReference(reference: Reference): string {
  return reference.kind === 'env' ? `env:${reference.name}` : `file:${reference.file}`
}
