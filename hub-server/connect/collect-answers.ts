import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Terminal } from '../cli/terminal.ts'
import { suggestName } from '../manifest/suggest-name.ts'
import type { ConnectQuestion } from './connect-guide.ts'

const act = 'affluent connect'

/** Largest file that a secret is read from, in bytes. */
const mostSecretBytes = 65_536

/** What the command line gave beforehand: every question can be answered so, and then is not asked. */
export interface GivenAnswers {
  /** Values by key. */
  readonly set: ReadonlyMap<string, string>
  /** Files by key; "-" is standard input. Secrets never stand on the command line itself: other users of the machine can read it. */
  readonly secrets: ReadonlyMap<string, string>
}

/** Reads "key=value" words. Throws `usage.wrong` for a word without "=" or a key given twice. */
export function readPairs(words: readonly string[], option: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    const key = word.slice(0, at)
    if (at < 1 || pairs.has(key))
      throw new AffluentError('usage.wrong', {
        act,
        // What stands behind the "=" may be a secret in the wrong place.
        value: `--${option} ${(at < 1 ? word : key).slice(0, 40)}`,
        expected: `--${option} KEY=${option === 'secret' ? 'FILE' : 'VALUE'}`,
      })
    pairs.set(key, word.slice(at + 1))
  }
  return pairs
}

/** Throws `usage.wrong` for an answer to a question that is not asked, or a secret given in the open. */
export function refuseStrangers(questions: readonly ConnectQuestion[], { set, secrets }: GivenAnswers): void {
  const known = questions.map(({ key }) => key)
  for (const key of [...set.keys(), ...secrets.keys()]) {
    const question = questions.find((one) => one.key === key)
    const suggestion = question ? '' : suggestName(key, known)
    const isMisplaced = question !== undefined && set.has(key) === (question.isSecret === true)
    if (question && !isMisplaced) continue
    const expected = question
      ? `--${question.isSecret === true ? 'secret' : 'set'} ${key}=…`
      : known.join(', ')
    throw new AffluentError('usage.wrong', {
      act,
      value: key.slice(0, 40),
      ...(suggestion === '' ? { expected } : { suggestion }),
    })
  }
}

export interface Asking {
  readonly terminal: Terminal
  /** Where the words of the questions stand: "connect.hubspot". */
  readonly words: string
  readonly currentFolder: string
}

/**
 * Answers all questions: from the command line, else by asking, else by the fallback. What is left out ('') is not in the answer. Throws
 * `usage.wrong` for an answer that does not fit, or that is missing where nobody can be asked.
 */
export async function collectAnswers(
  asking: Asking,
  questions: readonly ConnectQuestion[],
  given: GivenAnswers,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  for (const question of questions) {
    const answer = await answerOne(asking, question, given)
    if (answer !== '') answers.set(question.key, answer)
  }
  return answers
}

async function answerOne(asking: Asking, question: ConnectQuestion, given: GivenAnswers): Promise<string> {
  const { terminal, words } = asking
  const { key, fallback, isSecret } = question
  const { t } = terminal.translator
  let text = isSecret === true ? await readSecretFile(asking, key, given) : given.set.get(key)
  const isGiven = text !== undefined
  for (;;) {
    text ??= await ask(asking, question)
    if (text === '' && fallback === '') return ''
    const value = question.read(text)
    if (value !== undefined) return value
    const expected = t(`${words}.expected.${key}`)
    if (isGiven || !terminal.interactive)
      throw new AffluentError('usage.wrong', { act, ...wrong(question, text), expected })
    terminal.note(`  ${expected}`)
    text = undefined
  }
}

/** A secret is never quoted. */
function wrong({ key, isSecret }: ConnectQuestion, text: string): Record<string, string> {
  const option = `--${isSecret === true ? 'secret' : 'set'} ${key}`
  return text === '' ? { missing: option } : { value: isSecret === true ? option : text.slice(0, 60) }
}

function ask(
  { terminal, words }: Asking,
  { key, fallback = '', isSecret }: ConnectQuestion,
): Promise<string> {
  const question = terminal.translator.t(`${words}.questions.${key}`)
  return isSecret === true ? terminal.askSecret(question) : terminal.ask(question, fallback)
}

async function readSecretFile(
  { terminal, currentFolder }: Asking,
  key: string,
  { secrets }: GivenAnswers,
): Promise<string | undefined> {
  const file = secrets.get(key)
  if (file === undefined) return undefined
  if (file === '-') return (await terminal.readInput(mostSecretBytes)).trim()
  try {
    return (await readFile(resolve(currentFolder, file), 'utf8')).slice(0, mostSecretBytes).trim()
  } catch (error) {
    throw new AffluentError(
      'usage.wrong',
      { act, value: file.slice(0, 100), expected: terminal.translator.t('connect.secret_file') },
      { cause: error },
    )
  }
}
