import { PlatformError } from '../../core/errors/affluent-error.ts'

/** Largest answer that is read. A full page of contacts with hundreds of properties is below 10 MB. */
const longestAnswerBytes = 64 * 1024 * 1024

/**
 * The body of an answer: parsed where it is JSON and is not declared as something else, otherwise its text. Throws
 * `platform.answer_too_large` as soon as it passes the limit, and the signal's reason when it aborts.
 */
export async function readBody(response: Response, act: string, signal: AbortSignal): Promise<unknown> {
  const text = await readText(response, act, signal)
  if (!/\bjson\b/i.test(response.headers.get('content-type') ?? 'json')) return text
  try {
    return JSON.parse(text)
  } catch {
    // Cut or malformed JSON: the caller sees a text where it expects an object and reports the answer as unreadable.
    return text
  }
}

async function readText(response: Response, act: string, signal: AbortSignal): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await orAbort(reader.read(), signal)
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > longestAnswerBytes)
        throw new PlatformError('platform.answer_too_large', { act, limit_bytes: longestAnswerBytes })
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    // Closes the connection when the body was not read to its end; after the end it does nothing.
    reader.cancel().catch(() => undefined)
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
