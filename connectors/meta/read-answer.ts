import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

/** The largest answer of the calls we make is a page of 500 report lines with all their kinds of action, some megabytes at most. */
const maxAnswerBytes = 16 * 1024 * 1024

/**
 * Reads an answer whole, up to 16 MiB: JSON parsed, anything else as text. Throws `platform.answer_too_large` beyond that and stops
 * the transfer. An answer that never ends is cut by the signal of the request.
 */
export async function readAnswer(response: Response, act: string): Promise<PlatformReply> {
  const text = await readText(response, act)
  return { status: response.status, headers: Object.fromEntries(response.headers), body: parseJson(text) }
}

async function readText(response: Response, act: string): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    size += part.value.byteLength
    if (size > maxAnswerBytes) {
      await reader?.cancel()
      throw new PlatformError('platform.answer_too_large', { act, megabytes: maxAnswerBytes / 1_048_576 })
    }
    parts.push(part.value)
  }
  return new TextDecoder().decode(concatenate(parts, size))
}

function concatenate(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
