import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { dataPaths } from '../../data-paths.ts'
import { startDemoSandboxes, type DemoSandboxes } from '../../demo/demo-sandboxes.ts'
import type { Hub, OpenWorkspace } from '../../hub.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { runCycle, type CycleReport } from '../../worker/run-cycle.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { cliActor } from '../cli-actor.ts'
import {
  hasOption,
  optionValue,
  type CommandContext,
  type CommandDefinition,
  type CommandInput,
} from '../command.ts'
import { copyTemplate } from '../copy-template.ts'
import { createCycleView } from '../cycle-view.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'
import { exitCodeOfCycle, showSummary } from './run.ts'
import { stayUp } from './serve.ts'

/** The invoices end here; "the last 90 days" is counted back from it. */
const dataEndsAt = Date.parse('2010-12-10T00:00:00Z')

const demoFolder = fileURLToPath(new URL('../../../workspace', import.meta.url))

/** Marks a data folder that the demo made and may therefore empty: its platforms forget everything when it stops. */
const marker = 'made-by-demo'

/**
 * The whole path on real invoices with sandboxes as platforms: the same code as `apply`, `run` and `serve`. Each start begins with an
 * empty hub, because the sandboxes are empty again too; the workspace's manifests are kept, so they can be changed and tried.
 */
export const demoCommand: CommandDefinition = {
  name: 'demo',
  options: [{ name: 'once' }, { name: 'port', value: 'PORT' }, { name: 'host', value: 'ADDRESS' }],
  examples: ['affluent demo', 'affluent demo --once --lang fr'],
  async run(context, input) {
    const folder = optionValue(input, 'workspace') === undefined ? demoFolder : context.folder
    await prepareFolder(folder)
    const sandboxes = await startDemoSandboxes(folder, context.clock)
    try {
      const env = { ...context.config.env, ...sandboxes.env }
      const demoContext = { ...context, folder, config: { ...context.config, env } }
      introduce(demoContext, sandboxes)
      return await withHub(demoContext, 'demo', (hub) => runDemo(demoContext, input, { hub, sandboxes }))
    } finally {
      await sandboxes.close()
    }
  },
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

function introduce({ terminal, folder }: CommandContext, { servers }: DemoSandboxes): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('demo.title')))
  terminal.say(t('demo.data'))
  terminal.say(t('demo.workspace', { folder: relative(process.cwd(), folder) || '.' }))
  for (const [platform, { url }] of Object.entries(servers))
    terminal.say(t('demo.sandbox', { platform, url }))
}

async function runDemo(
  context: CommandContext,
  input: CommandInput,
  { hub, sandboxes }: { hub: Hub; sandboxes: DemoSandboxes },
): Promise<number> {
  const { terminal, folder } = context
  const { t } = terminal.translator
  await writeFile(join(dataPaths(folder).data, marker), '')
  const open = await applyFiles(context, hub)
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.first', { date: terminal.instant(dataEndsAt) })))
  const first = await cycle(context, open)
  const writes = sandboxes.countWrites()
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.second')))
  const second = await cycle(context, open)
  terminal.say(t('demo.second_calls', { count: sandboxes.countWrites() - writes }))
  await showLists(context, open)
  terminal.document('demo', { first, second })
  if (!hasOption(input, 'once')) {
    suggest(context)
    await stayUp(context, input, { hub, open, everyMs: undefined })
  }
  return exitCodeOfCycle(first) || exitCodeOfCycle(second)
}

async function applyFiles(
  { terminal, folder, config, clock }: CommandContext,
  hub: Hub,
): Promise<OpenWorkspace> {
  const { documents, workspace } = await readWorkspaceFiles(folder, config.env)
  const open = await hub.open(workspace)
  await hub.control.applyManifests(diffManifests(documents, await hub.control.appliedManifests()), {
    at: clock.now(),
    actor: cliActor(),
  })
  terminal.say(terminal.translator.t('demo.applied', { count: documents.length }))
  return open
}

async function cycle({ terminal, signal }: CommandContext, open: OpenWorkspace): Promise<CycleReport> {
  const report = await runCycle(open, {
    workspace: open.workspace,
    asOf: dataEndsAt,
    actor: cliActor(),
    signal,
    onEvent: createCycleView(terminal),
  })
  showSummary(terminal, report)
  return report
}

/** What was acknowledged, sync by sync. */
async function showLists({ terminal }: CommandContext, open: OpenWorkspace): Promise<void> {
  const { t } = terminal.translator
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.lists')))
  for (const sync of open.workspace.syncs.values()) {
    if (!('segment' in sync)) continue
    const members = terminal.number(await open.deliveries.deliveredCount(sync.name))
    const { connection, audience } = sync.destination
    terminal.say(`  ${t('demo.list', { platform: connection, audience, members })}`)
  }
}

function suggest({ terminal }: CommandContext): void {
  terminal.say()
  terminal.say(terminal.translator.t('demo.try'))
  terminal.say('  curl http://127.0.0.1:4000/v1/runs')
}
