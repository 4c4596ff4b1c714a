import { z } from 'zod'

/** Name of a manifest object: what other manifests refer to. Lower-case letters, digits, hyphens; at most 64 characters. */
export const objectName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/)
  .meta({ description: 'Name that other manifests refer to: lower-case letters, digits and hyphens.' })

/**
 * Name by which rules and syncs refer to a segment: its own, or that of a segment derived from a priority list or a split
 * ("live.vip", "spring-test.a").
 */
export const segmentName = z
  .string()
  .max(256)
  .regex(/^[a-z][a-z0-9-]{0,63}(?:\.[a-z][a-z0-9-]{0,63})*$/)
  .meta({
    description:
      'A segment; or one of a priority list ("live.vip") or an arm of a split ("spring-test.a"), with a dot between.',
  })

/** Name of a trait, identifier kind, event property, purpose or channel: a column of the warehouse. */
export const fieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/)
  .meta({ description: 'Lower-case letters, digits and underscores; starts with a letter.' })
