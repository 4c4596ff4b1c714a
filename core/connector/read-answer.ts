import { PlatformError } from '../errors/affluent-error.ts'
import type { PlatformReply } from '../port/platform-caller.ts'

export interface ReadAnswerOptions {
  /** What the call does, for the error. */
  readonly act: string
  /** Largest answer that is read; the connector names the largest page its platform gives. */
  readonly maxBytes: number
  /** Needed where the transport was not given the signal: ends the reading when it aborts. */
  readonly signal?: AbortSignal
}

/**
 * Reads a platform's answer whole: JSON parsed, anything else as text. Throws `platform.answer_too_large` beyond the limit and stops the
 * transfer; throws the signal's reason when it aborts.
 */
export async function readAnswer(response: Response, options: ReadAnswerOptions): Promise<PlatformReply> {
  const text = await readAnswerText(response, options)
  return { status: response.status, headers: Object.fromEntries(response.headers), body: parseJson(text) }
}

/** The same without looking into the text. */
export async function readAnswerText(
  response: Response,
  { act, maxBytes, signal }: ReadAnswerOptions,
): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const cancel = (): void => void reader.cancel(signal?.reason).catch(() => undefined)
  signal?.addEventListener('abort', cancel, { once: true })
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > maxBytes) {
        throw new PlatformError('platform.answer_too_large', { act, megabytes: maxBytes / 1_048_576 })
      }
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    // Closes the connection when the body was not read to its end; after the end it does nothing.
    cancel()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // HTML, an empty body, JSON that was cut: the connector finds a text where it expects an object, and says so.
    return text
  }
}
