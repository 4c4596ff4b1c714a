import { z } from 'zod'
import { matchingSchema } from '../identity/matching.ts'
import { fieldName } from './name.ts'

const identifierRule = z.strictObject({
  limit: z.int().min(1).max(1000).optional().meta({
    description:
      'Most values of this kind that one profile may hold. A record that would bring more is not joined by weaker identifiers.',
  }),
  blocked: z.array(z.string().min(1).max(320)).max(100_000).default([]).meta({
    description:
      'Values that name nobody, such as "info@*", "test@test.com" or "0600000000". "*" stands for any characters. They stay on the record and join no records.',
  }),
  shared_by: z.int().min(2).max(1_000_000).optional().meta({
    description:
      'A value that more source records than this hold is a shared mailbox, desk or device: it joins nobody and is reported.',
  }),
})

/** Which value of a trait wins when source records disagree. An empty field has no say, unless its mapping says that it clears. */
const survivorshipRules = ['source_priority', 'most_recent', 'most_frequent', 'longest', 'union'] as const
export type SurvivorshipRule = (typeof survivorshipRules)[number]

/** Who is who: which identifiers join source records, which values win, and how people without a common identifier are recognised. */
export const identityShape = {
  order: z.array(fieldName).default([]).meta({
    description:
      'Identifier kinds from the most to the least trusted. Where a limit would be broken, joins by the more trusted kinds come first. Kinds that are not named follow in the order of the profile schema.',
  }),
  identifiers: z
    .record(fieldName, identifierRule)
    .default({})
    .meta({ description: 'Identifier kind: what it may join.' }),
  survivorship: z.record(fieldName, z.enum(survivorshipRules)).default({}).meta({
    description:
      'Trait: which value wins. "source_priority" (the default: the order of trust of the profile schema, then the most recent), "most_recent", "most_frequent", "longest", or, for lists, "union".',
  }),
  matching: matchingSchema.optional().meta({
    description: 'How records that share no identifier are recognised as one person. Without it: not at all.',
  }),
}
