import { z } from 'zod'
import type { PersonCells } from './person-cells.ts'

const count = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
])

/** What Meta answers to an upload. Counts may come as numbers or as texts; the samples' shape is not published. */
export const uploadAnswer = z.object({
  num_received: count,
  num_invalid_entries: count.default(0),
  invalid_entry_samples: z.unknown().optional(),
})
export type UploadAnswer = z.output<typeof uploadAnswer>

/** Which rows of an upload Meta refused, as far as it told. */
export interface InvalidEntries {
  /** Places of the rows in the upload. */
  readonly rows: ReadonlySet<number>
  /** How many more Meta counted without showing them; it shows up to 100, and calls its count approximate. */
  readonly untold: number
}

/** Finds the refused rows: all of them when Meta counts all, otherwise those whose key stands in a sample. */
export function findInvalidEntries(answer: UploadAnswer, persons: readonly PersonCells[]): InvalidEntries {
  const invalid = answer.num_invalid_entries
  if (invalid === 0) return { rows: new Set(), untold: 0 }
  if (invalid >= persons.length) return { rows: new Set(persons.keys()), untold: 0 }
  const words = sampleWords(answer.invalid_entry_samples)
  const rows = new Set<number>()
  for (const [row, { cells }] of persons.entries()) {
    if (identifying.some((key) => words.has(cells.get(key) ?? ''))) rows.add(row)
  }
  return { rows, untold: Math.max(0, invalid - rows.size) }
}

const identifying = ['EMAIL', 'PHONE', 'EXTERN_ID', 'MADID'] as const

/** Each word of each sample, whether it comes as a list of rows, as a list of texts, or as a map from text to text. */
function sampleWords(samples: unknown): ReadonlySet<string> {
  const text = JSON.stringify(samples ?? null).slice(0, 1_048_576)
  const words = new Set(text.split(/[\\",[\]{}:\s]+/))
  words.delete('')
  return words
}
