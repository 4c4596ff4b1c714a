import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

/** A page of 10,000 report rows is some 10 MB; nothing we ask for is larger. */
const maxAnswerBytes = 64 * 1024 * 1024

/**
 * Reads an answer whole, up to 64 MiB: JSON parsed, anything else as text. Throws `platform.answer_too_large` beyond that and stops
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
  return new TextDecoder().decode(Buffer.concat(parts))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
