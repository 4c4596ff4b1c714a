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
  /** Parameters that do not fit, with what is expected. */
  errors: z.array(z.strictObject({ parameter: z.string(), expected: z.string() })).optional(),
})
export type Problem = z.output<typeof problemContract>
