import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { runCommandLine } from '../../../hub-server/cli/run-command-line.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from '../../support/http-request.ts'
import { markedSecret } from './marks.ts'

/** What was told, by the place it was told at. */
export type Told = Map<string, string[]>

export function tell(told: Told, place: string, text: string): void {
  const texts = told.get(place)
  if (texts) texts.push(text)
  else told.set(place, [text])
}

const collector = (write: (text: string) => void): Writable =>
  new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      write(chunk)
      done()
    },
  })

export interface CommandWorld {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly told: Told
}

/** Runs a command line to its end; what it prints is told under its words. */
export async function command(
  { folder, env, told }: CommandWorld,
  words: readonly string[],
  {
    place = words.filter((word) => !word.includes('/')).join(' '),
    signal = new AbortController().signal,
  } = {},
): Promise<{ code: number; out: string }> {
  let out = ''
  const code = await runCommandLine(
    {
      stdin: Readable.from([]),
      stdout: collector((text) => {
        out += text
        tell(told, `output of ${place}`, text)
      }),
      stderr: collector((text) =>
        tell(told, `${text.startsWith('{"level"') ? 'log' : 'errors'} of ${place}`, text),
      ),
      env,
      currentFolder: folder,
      stopSignal: () => signal,
    },
    [...words, '--workspace', folder],
  )
  return { code, out }
}

export interface ServingHub {
  readonly url: string
  readonly localToken: string
  /** Asks as the person at this machine, unless the call says who; the answer is told under the method and path, without ids. */
  ask(path: string, call?: HttpCall, place?: string): Promise<HttpAnswer>
  /** Resolves when the output has matched. */
  seen(pattern: RegExp): Promise<string>
  stop(): Promise<void>
}

/** The command `serve` as users run it, in this process. */
export async function serve(world: CommandWorld): Promise<ServingHub> {
  const stopping = new AbortController()
  const place = 'serve'
  const printed = (): string => world.told.get(`output of ${place}`)?.join('') ?? ''
  const from = printed().length
  const port = new URL(world.env['AFFLUENT_PUBLIC_URL'] ?? '').port
  const ended = command(world, ['serve', '--port', port], { place, signal: stopping.signal })
  const seen = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(printed().slice(from))
      if (found) return found[1] ?? found[0]
      const over = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))])
      if (over !== undefined) throw new Error(`serve ended: ${JSON.stringify([...world.told].slice(-2))}`)
    }
  }
  await seen(/Ctrl-C/)
  const url = world.env['AFFLUENT_PUBLIC_URL'] ?? ''
  let asked = 0
  const localToken = (await readFile(join(world.folder, '.affluent', 'local-token'), 'utf8')).trim()
  return {
    url,
    localToken,
    seen,
    async ask(path, call = {}, of = `${call.method ?? 'GET'} ${path.replace(/\?.*/, '')}`) {
      asked += 1
      const headers = {
        authorization: `Bearer ${localToken}`,
        'idempotency-key': `${markedSecret(35)}-${asked}`,
        ...call.headers,
      }
      const answer = await httpRequest(`${url}${path}`, { ...call, headers })
      tell(
        world.told,
        `answer to ${of}`,
        `${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text}`,
      )
      return answer
    },
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
