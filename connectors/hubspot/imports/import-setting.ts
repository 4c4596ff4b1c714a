import { z } from 'zod'
import type { JsonObject } from '../../../core/port/json.ts'
import type { HubspotConfig } from '../config.ts'

/** What a sync may set of lists and contacts: which way its new contacts go. */
export const importSettings = z.strictObject({
  imports: z.enum(['when_large', 'always', 'never']).default('when_large').meta({
    description:
      'Whether new contacts are handed over as imports: "when_large" (more than import_above of the connection at once), "always" or "never".',
  }),
})

/** A hand-over with more new contacts than this goes as an import. */
export function importThreshold(
  { import_above }: Pick<HubspotConfig, 'import_above'>,
  settings: JsonObject | undefined,
): number {
  const { imports } = importSettings.parse({ ...settings })
  if (imports === 'never') return Number.POSITIVE_INFINITY
  return imports === 'always' ? 0 : import_above
}
