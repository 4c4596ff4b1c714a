/** How deep a fault is looked for among causes. */
const mostCauses = 6

/**
 * What the machine itself calls a fault, as a field of the log: "ENOENT", "ECONNREFUSED", a code of ours. Its text is left out, which may quote
 * an address with a secret in it; empty where nothing has such a name.
 */
export function nameFault(thrown: unknown): { readonly fault?: string } {
  let error = thrown
  for (let depth = 0; depth < mostCauses && error instanceof Error; depth += 1) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Za-z][\w.]{2,60}$/.test(error.code))
      return { fault: error.code }
    error = error.cause
  }
  return {}
}
