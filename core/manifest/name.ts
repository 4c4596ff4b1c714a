import { z } from 'zod'

/** Name of a manifest object: what other manifests refer to. Lower-case letters, digits, hyphens; at most 64 characters. */
export const objectName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/)
  .meta({ description: 'Name that other manifests refer to: lower-case letters, digits and hyphens.' })

/** Name of a trait, identifier kind, event property, purpose or channel: a column of the warehouse. */
export const fieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/)
  .meta({ description: 'Lower-case letters, digits and underscores; starts with a letter.' })
