import type { Readable } from 'node:stream'

/** The data of server-sent events, parsed, as they come (WHATWG HTML, 9.2.6, as far as our own server uses it). */
export async function* readEvents(stream: Readable): AsyncGenerator {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const part of stream) {
    const blocks = `${rest}${String(part)}`.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = block
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => line.slice('data: '.length))
      if (data.length > 0) yield JSON.parse(data.join('\n'))
    }
  }
}
