import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { CycleDocument } from '../../api/contract/cycle.ts'
import { dataPaths } from '../../data-paths.ts'
import { startDemoSandboxes, type DemoSandboxes } from '../../demo/demo-sandboxes.ts'
import type { Hub, OpenWorkspace } from '../../hub.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { withReasons } from '../../routes/cycle-routes.ts'
import { runCycle } from '../../worker/run-cycle.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, optionValue, type CommandAction, type CommandContext } from '../command.ts'
import { copyTemplate } from '../copy-template.ts'
import { createCycleView } from '../cycle-view.ts'
import { findDemoExamples } from '../demo-examples.ts'
import { readDemoLists, showLists, suggestNext, type DemoList } from '../demo-view.ts'
import { withHub } from '../with-hub.ts'
import { exitCodeOfCycle, showSummary } from './run.ts'
import { readAddress, stayUp, type Address } from './serve.ts'

/** The invoices end here; "the last 90 days" is counted back from it. */
const dataEndsAt = Date.parse('2010-12-10T00:00:00Z')

const demoFolder = fileURLToPath(new URL('../../../workspace', import.meta.url))

/** Marks a data folder that the demo made and may therefore empty: its platforms forget everything when it stops. */
const marker = 'made-by-demo'

/**
 * The whole path on real invoices with sandboxes as platforms: the same code as `apply`, `run` and `serve`. Each start begins with an
 * empty hub, because the sandboxes are empty again too; the workspace's manifests are kept, so they can be changed and tried.
 */
export const demo: CommandAction = async (context, input) => {
  const folder = optionValue(input, 'workspace') === undefined ? demoFolder : context.folder
  const address = hasOption(input, 'once') ? undefined : readAddress(context, input)
  await prepareFolder(folder)
  const sandboxes = await startDemoSandboxes(folder, context.clock)
  try {
    await writeEnvironment(folder, sandboxes.env)
    const env = { ...context.config.env, ...sandboxes.env }
    const demoContext = { ...context, folder, config: { ...context.config, env } }
    introduce(demoContext, sandboxes)
    return await withHub(demoContext, 'demo', async (hub) => {
      const open = await applyFiles(demoContext, hub)
      return runDemo(demoContext, address, { hub, open, sandboxes })
    })
  } finally {
    await sandboxes.close()
  }
}

async function prepareFolder(folder: string): Promise<void> {
  const { data } = dataPaths(folder)
  if (!existsSync(join(folder, 'manifests'))) await copyTemplate('demo', folder)
  if (existsSync(data)) {
    if (!existsSync(join(data, marker))) {
      throw new AffluentError('usage.folder_not_empty', { act: 'affluent demo', folder: data })
    }
    await rm(data, { recursive: true })
  }
}

/** So that `plan`, `explain` and the others understand the workspace after the demo has stopped. */
async function writeEnvironment(folder: string, env: DemoSandboxes['env']): Promise<void> {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(join(folder, '.env'), lines.join(''), { mode: 0o600 })
}

function introduce({ terminal, currentFolder, folder }: CommandContext, { servers }: DemoSandboxes): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('demo.title')))
  terminal.say(t('demo.data'))
  terminal.say(t('demo.workspace', { folder: relative(currentFolder, folder) || '.' }))
  for (const [platform, { url }] of Object.entries(servers))
    terminal.say(t('demo.sandbox', { platform, url }))
}

interface Demo {
  readonly hub: Hub
  readonly open: OpenWorkspace
  readonly sandboxes: DemoSandboxes
}

/** Two cycles, then the server, unless there is no address for it. */
async function runDemo(context: CommandContext, address: Address | undefined, parts: Demo): Promise<number> {
  const { terminal } = context
  const { t } = terminal.translator
  const { hub, open, sandboxes } = parts
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.first', { date: terminal.instant(dataEndsAt) })))
  const first = await cycle(context, open)
  showSummary(terminal, first)
  const lists = await readDemoLists(open)
  showLists(terminal, lists)
  const writes = sandboxes.countWrites()
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.second')))
  terminal.say(t('demo.half_an_hour'))
  sandboxes.passHalfAnHour()
  const second = await cycle(context, open)
  const secondWrites = sandboxes.countWrites() - writes
  terminal.say(t('demo.second_calls', { count: secondWrites }))
  const report = toReport({ first, second, secondWrites, lists })
  const examples = await findDemoExamples(hub, open.workspace)
  const place = { folder: relative(context.currentFolder, context.folder) || '.', asOf: dataEndsAt, examples }
  if (address === undefined) {
    suggestNext(context, place)
    terminal.document('demo', report)
  } else {
    const onListening = (url: string): void => {
      suggestNext(context, { ...place, url })
      terminal.document('demo', { ...report, url })
    }
    await stayUp(context, address, { hub, open, everyMs: undefined, keepsLive: false, onListening })
    terminal.note(t('serve.stopped'))
  }
  // What Google's job held in the first cycle was settled in the second, or is told there.
  return exitCodeOfCycle(second)
}

function toReport(told: {
  readonly first: CycleDocument
  readonly second: CycleDocument
  readonly secondWrites: number
  readonly lists: readonly DemoList[]
}): Readonly<Record<string, unknown>> {
  return {
    first: told.first,
    second: told.second,
    second_write_calls: told.secondWrites,
    lists: told.lists,
  }
}

async function applyFiles(context: CommandContext, hub: Hub): Promise<OpenWorkspace> {
  const { terminal, folder, config, clock } = context
  await writeFile(join(dataPaths(folder).data, marker), '')
  const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
  const open = await hub.open(workspace)
  await hub.control.applyManifests(diffManifests(documents, await hub.control.appliedManifests()), {
    at: clock.now(),
    actor: cliActor(),
  })
  terminal.say(terminal.translator.t('demo.applied', { count: documents.length }))
  return open
}

async function cycle(
  { terminal, notices, signal }: CommandContext,
  open: OpenWorkspace,
): Promise<CycleDocument> {
  const report = await runCycle(open, {
    workspace: open.workspace,
    asOf: dataEndsAt,
    actor: cliActor(),
    signal,
    onEvent: createCycleView(terminal, notices),
  })
  return withReasons(open, report)
}
