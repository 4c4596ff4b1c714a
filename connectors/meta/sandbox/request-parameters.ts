import type { SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'

/** Parameters of a Graph request: query and body together; objects may come as JSON text, as in forms and queries. */
export type Parameters = Readonly<Record<string, unknown>>

/** Reads them; the body wins over the query. */
export function readParameters(request: SandboxRequest): Parameters {
  const query = Object.fromEntries(request.query)
  const body = isRecord(request.body) ? request.body : {}
  return { ...query, ...body }
}

/** An object that came as such or as JSON text. */
export function readObject(value: unknown): Parameters | undefined {
  if (isRecord(value)) return value
  if (typeof value !== 'string') return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** A parameter that is a text; `otherwise` when it is anything else. */
export function readText(parameters: Parameters, name: string, otherwise: string): string {
  const value = parameters[name]
  return typeof value === 'string' ? value : otherwise
}

/** The names in the parameter `fields`. */
export function readFields(request: SandboxRequest): readonly string[] {
  return (request.query.get('fields') ?? '').split(',').filter((name) => name !== '')
}

/** A node shows its id and the fields that were asked for. */
export function showNode(node: Parameters & { readonly id: string }, fields: readonly string[]): Parameters {
  return Object.fromEntries(Object.entries(node).filter(([name]) => name === 'id' || fields.includes(name)))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
