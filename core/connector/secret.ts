import { z } from 'zod'

/**
 * A configuration value that must never be printed, logged or written back. Manifests may give it only as a reference
 * (`${env:NAME}`, `${file:PATH}`). The mark travels with the schema, so validation and redaction find it.
 */
export function secret(description: string): z.ZodString {
  return z.string().min(1).meta({ description, secret: true })
}
