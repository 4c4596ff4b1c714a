import { relative, resolve } from 'node:path'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import {
  collectAnswers,
  readPairs,
  refuseStrangers,
  type Asking,
  type GivenAnswers,
} from '../../connect/collect-answers.ts'
import {
  appQuestionKeys,
  type ConnectGuide,
  type ConnectQuestion,
  type ConnectWay,
} from '../../connect/connect-guide.ts'
import { connectGuides } from '../../connect/guides.ts'
import { keepSecrets, secretName } from '../../connect/keep-secrets.ts'
import { readFolder, readName, readPublicAddress } from '../../connect/read-answer.ts'
import { writeApp } from '../../connect/write-app.ts'
import { findDeclaration, writeConnection } from '../../connect/write-connection.ts'
import {
  hasOption,
  optionValue,
  optionValues,
  type CommandAction,
  type CommandContext,
  type CommandInput,
} from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { connectionsTest } from './connections-test.ts'

const act = 'affluent connect'

/**
 * Walks an admin through connecting a platform: says what is asked for and why, writes the folder of the app, takes the secrets, keeps
 * them by reference, declares the connection and tests it. Nothing of the platform is changed.
 */
export const connect: CommandAction = async (context, input) => {
  const { terminal } = context
  const guide = findGuide(input)
  const words = `connect.${guide.platform}`
  introduce(terminal, guide, words)
  const asking: Asking = { terminal, words, currentFolder: context.currentFolder }
  const given = readGiven(input)
  const way = await chooseWay(asking, guide, input)
  const questions = [nameQuestion(guide), ...(way.needsApp ? appQuestions(guide, context) : [])]
  refuseStrangers([...questions, ...way.questions], given)
  const setup = await collectAnswers(asking, questions, given)
  const name = setup.get('connection') ?? guide.connection
  const overwrite = await mayOverwrite(context, input, name)
  const app = await writeAppFolder(context, guide, { setup, name, overwrite })
  showSteps(terminal, `${words}.steps.${way.name}`, {
    folder: app ?? '',
    url: setup.get(appQuestionKeys.hubUrl) ?? '',
    connection: name,
  })
  const answers = await collectAnswers(asking, way.questions, given)
  const kept = await keep(context, { guide, way, name, answers, overwrite })
  terminal.document('connected', {
    connection: name,
    file: kept.file,
    app: app ?? null,
    secrets: [...kept.secrets.keys()],
  })
  const told = { connection: name, url: setup.get(appQuestionKeys.hubUrl) ?? '' }
  const { t } = terminal.translator
  const isLater = isAuthorizedLater(way, answers)
  if (isLater) terminal.say(t('connect.later', told))
  const isTested = !isLater && !hasOption(input, 'skip-test')
  const code = isTested ? await test(context, name, kept.secrets) : exitCode.done
  terminal.say(t(code === exitCode.done ? `${words}.next.${way.name}` : 'connect.mend', told))
  return code
}

function isAuthorizedLater({ authorizedLater }: ConnectWay, answers: ReadonlyMap<string, string>): boolean {
  return typeof authorizedLater === 'object' ? !answers.has(authorizedLater.unless) : authorizedLater === true
}

function findGuide(input: CommandInput): ConnectGuide {
  const platform = input.arguments['platform'] ?? ''
  const guide = connectGuides.find((one) => one.platform === platform)
  if (guide) return guide
  const expected = connectGuides.map((one) => one.platform).join(', ')
  throw new AffluentError('usage.wrong', { act, value: platform.slice(0, 60), expected })
}

/** Options of their own are short forms of `--set`. */
function readGiven(input: CommandInput): GivenAnswers {
  const set = readPairs(optionValues(input, 'set'), 'set')
  const named = [
    ['connection', 'connection'],
    ['hub-url', appQuestionKeys.hubUrl],
    ['app-folder', appQuestionKeys.folder],
  ] as const
  for (const [option, key] of named) {
    const value = optionValue(input, option)
    if (value !== undefined) set.set(key, value)
  }
  return { set, secrets: readPairs(optionValues(input, 'secret'), 'secret') }
}

const nameQuestion = ({ connection }: ConnectGuide): ConnectQuestion => ({
  key: 'connection',
  fallback: connection,
  read: readName,
})

function appQuestions({ app }: ConnectGuide, { config }: CommandContext): ConnectQuestion[] {
  const { publicUrl } = config
  return [
    {
      key: appQuestionKeys.hubUrl,
      ...(publicUrl !== undefined && { fallback: publicUrl }),
      read: readPublicAddress,
    },
    { key: appQuestionKeys.folder, fallback: app?.folder ?? 'app', read: readFolder },
  ]
}

/** What the platform is asked to permit, and what for. */
function introduce(terminal: Terminal, { permissions }: ConnectGuide, words: string): void {
  const { t } = terminal.translator
  terminal.say(t(`${words}.intro`))
  for (const part of ['needed', 'optional'] as const) {
    if (permissions[part].length === 0) continue
    terminal.say()
    terminal.say(terminal.style('bold', t(`connect.${part}`)))
    for (const name of permissions[part])
      terminal.say(
        `  ${terminal.style('cyan', name)}  ${t(`${words}.permissions.${name.replaceAll('.', '_')}`)}`,
      )
  }
  terminal.say()
}

async function chooseWay(
  { terminal, words }: Asking,
  { ways }: ConnectGuide,
  input: CommandInput,
): Promise<ConnectWay> {
  const { t } = terminal.translator
  const given = optionValue(input, 'access')
  if (given === undefined)
    for (const { name } of ways)
      terminal.say(`  ${terminal.style('bold', name)}  ${t(`${words}.ways.${name}`)}`)
  for (;;) {
    const answer = given ?? (await terminal.ask(t('connect.access'), ways[0].name))
    const way = ways.find(({ name }) => name === answer)
    if (way) return way
    const expected = ways.map(({ name }) => name).join(', ')
    if (given !== undefined || !terminal.interactive)
      throw new AffluentError('usage.wrong', { act, value: answer.slice(0, 60), expected })
    terminal.note(`  ${expected}`)
  }
}

/** True when nothing stands in the way, or the admin wants it replaced. Throws `usage.confirmation_needed`. */
async function mayOverwrite(context: CommandContext, input: CommandInput, name: string): Promise<boolean> {
  const { terminal, folder } = context
  if (hasOption(input, 'yes')) return true
  const file = await findDeclaration(folder, name)
  if (file === undefined) return false
  const { t } = terminal.translator
  const answer = await terminal.ask(t('connect.replace', { file, connection: name }), t('connect.no'))
  if (answer.trim().toLowerCase() === t('connect.yes')) return true
  throw new AffluentError('usage.confirmation_needed', { act, flag: '--yes' })
}

async function writeAppFolder(
  { terminal, currentFolder }: CommandContext,
  { app }: ConnectGuide,
  {
    setup,
    name,
    overwrite,
  }: { readonly setup: ReadonlyMap<string, string>; readonly name: string; readonly overwrite: boolean },
): Promise<string | undefined> {
  const hubUrl = setup.get(appQuestionKeys.hubUrl)
  const folder = setup.get(appQuestionKeys.folder)
  if (!app || hubUrl === undefined || folder === undefined) return undefined
  const target = resolve(currentFolder, folder)
  await writeApp(app, target, { hubUrl, connection: name, overwrite })
  const shown = relative(currentFolder, target)
  terminal.say(
    `${terminal.style('green', '✔')} ${terminal.translator.t('connect.app_written', { folder: shown })}`,
  )
  return shown
}

/** Steps to take on the platform, one line each under `1`, `2` …. */
function showSteps(terminal: Terminal, words: string, params: Readonly<Record<string, string>>): void {
  const { t } = terminal.translator
  terminal.say()
  for (let number = 1; ; number += 1) {
    const text = t(`${words}.${number}`, params)
    if (text === `${words}.${number}`) break
    terminal.say(`  ${number}. ${text}`)
  }
  terminal.say()
}

interface Keeping {
  readonly guide: ConnectGuide
  readonly way: ConnectWay
  readonly name: string
  readonly answers: ReadonlyMap<string, string>
  readonly overwrite: boolean
}

/** Secrets into `.env`, everything else into the manifest. */
async function keep(
  { terminal, folder }: CommandContext,
  { guide, way, name, answers, overwrite }: Keeping,
): Promise<{ readonly file: string; readonly secrets: ReadonlyMap<string, string> }> {
  const { t } = terminal.translator
  const secrets = new Map<string, string>()
  const config: Record<string, JsonObject[string]> = { ...way.settings }
  for (const { key, isSecret } of way.questions) {
    const answer = answers.get(key)
    if (answer === undefined) continue
    if (isSecret === true) secrets.set(secretName(name, key), answer)
    config[key] = isSecret === true ? `\${env:${secretName(name, key)}}` : answer
  }
  const title = t(`connect.${guide.platform}.title`)
  const file = await writeConnection(folder, { name, connector: guide.platform, title, config }, overwrite)
  keepSecrets(folder, secrets)
  const mark = terminal.style('green', '✔')
  terminal.say(`${mark} ${t('connect.secrets_kept', { names: [...secrets.keys()].join(', ') })}`)
  terminal.say(`${mark} ${t('connect.declared', { file })}`)
  return { file, secrets }
}

/** The secrets were not there when the environment of this command was read. */
function test(
  context: CommandContext,
  connection: string,
  secrets: ReadonlyMap<string, string>,
): Promise<number> {
  const { config, terminal } = context
  terminal.say()
  terminal.say(terminal.translator.t('connect.testing'))
  const env = { ...config.env, ...Object.fromEntries(secrets) }
  return connectionsTest(
    { ...context, config: { ...config, env } },
    { arguments: { connection }, options: {} },
  )
}
