import { z } from 'zod'

/** An error answer, RFC 9457: `application/problem+json`. `code` is stable; `title` and `detail` are in the reader's language. */
export const problemContract = z.strictObject({
  /** "urn:affluent:problem:" and the code. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What to do about it. */
  detail: z.string(),
  /** "urn:uuid:" and the request's id, which the log carries too. */
  instance: z.string(),
  code: z.string(),
  /** What fills the words: of what the caller sent, and counts. */
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Faults of manifests or rules that were sent, each with its place. */
  faults: z
    .array(
      z.strictObject({
        file: z.string(),
        line: z.int(),
        column: z.int(),
        path: z.string(),
        code: z.string(),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
        title: z.string(),
        repair: z.string(),
      }),
    )
    .optional(),
  /** Parameters that do not fit, with what is expected. */
  errors: z.array(z.strictObject({ parameter: z.string(), expected: z.string() })).optional(),
})
export type Problem = z.output<typeof problemContract>
