import { readAnswerText } from '../../core/connector/read-answer.ts'

/** Largest answer that is read. A full page of contacts with hundreds of properties is below 10 MB. */
const longestAnswerBytes = 64 * 1024 * 1024

/**
 * The body of an answer: parsed where it is JSON and is not declared as something else, otherwise its text. Throws
 * `platform.answer_too_large` as soon as it passes the limit, and the signal's reason when it aborts.
 */
export async function readBody(response: Response, act: string, signal: AbortSignal): Promise<unknown> {
  const text = await readAnswerText(response, { act, maxBytes: longestAnswerBytes, signal })
  if (!/\bjson\b/i.test(response.headers.get('content-type') ?? 'json')) return text
  try {
    return JSON.parse(text)
  } catch {
    // Cut or malformed JSON: the caller sees a text where it expects an object and reports the answer as unreadable.
    return text
  }
}

/** Waits for the work, or throws the signal's reason first; what comes too late is handed to `discard`. */
export async function orAbort<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  discard?: (late: Result) => Promise<void> | undefined,
): Promise<Result> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } catch (error) {
    // Nobody waits for the work any more: its late failure has already been reported as the abort.
    work.then(discard).catch(() => undefined)
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
