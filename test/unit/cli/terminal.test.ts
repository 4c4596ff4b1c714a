import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createTerminal, type TerminalOptions } from '../../../hub-server/cli/terminal.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'

const stream = (isTTY = false) => Object.assign(new PassThrough(), { isTTY })
const read = (from: PassThrough) => String(from.read() ?? '')

function open(options: Partial<TerminalOptions> = {}, tty: { out?: boolean; err?: boolean } = {}) {
  const stdout = stream(tty.out)
  const stderr = stream(tty.err)
  const terminal = createTerminal({
    stdin: stream(true),
    stdout,
    stderr,
    translator: createTranslator('en'),
    json: false,
    input: true,
    decorate: true,
    ...options,
  })
  return { terminal, out: () => read(stdout), err: () => read(stderr) }
}

describe('createTerminal', () => {
  it('colours only what is a terminal, each stream for itself', () => {
    const { terminal, out, err } = open({}, { out: false, err: true })
    terminal.say(terminal.style('red', 'said'))
    terminal.note(terminal.style('red', 'noted'))
    expect([out(), err()]).toEqual(['said\n', '\u001B[31mnoted\u001B[39m\n'])
  })

  it('colours nothing where it must not', () => {
    const { terminal, out } = open({ decorate: false }, { out: true, err: true })
    terminal.say(terminal.style('bold', 'plain'))
    expect([out(), terminal.decorate]).toEqual(['plain\n', false])
  })

  it('keeps standard output for the document when the output is data', () => {
    const { terminal, out, err } = open({ json: true })
    terminal.say('for people')
    terminal.document('thing', { a: 1 })
    expect([JSON.parse(out()), err()]).toEqual([{ format: 1, type: 'thing', a: 1 }, 'for people\n'])
  })

  it('shows nothing of a secret that is typed', async () => {
    const stdin = stream(true)
    const { terminal, err } = open({ stdin }, { err: true })
    const answer = terminal.askSecret('Key:')
    stdin.write('pat-secret\n')
    expect([await answer, err()]).toEqual(['pat-secret', 'Key: \n'])
  })

  it('has no secret where nobody can be asked', async () => {
    const { terminal, err } = open({ input: false }, { err: true })
    expect([await terminal.askSecret('Key:'), err()]).toEqual(['', ''])
  })

  it('reads what comes on standard input, up to its bound', async () => {
    const stdin = stream()
    const { terminal } = open({ stdin })
    stdin.end('clé-très-longue')
    expect(await terminal.readInput(4)).toBe('clé')
  })

  it('asks nobody where nobody can answer', async () => {
    const { terminal } = open({ input: false }, { err: true })
    expect([terminal.interactive, await terminal.ask('Well?', 'fallback')]).toEqual([false, 'fallback'])
  })
})
