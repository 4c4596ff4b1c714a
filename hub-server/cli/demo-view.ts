import { isDeliverSync } from '../../core/manifest/manifest.ts'
import type { OpenWorkspace } from '../hub.ts'
import type { CommandContext } from './command.ts'
import type { DemoExample } from './demo-examples.ts'
import type { Terminal } from './terminal.ts'

/** A list as the platform acknowledged it, beside the segment it is kept equal to. */
export interface DemoList {
  readonly platform: string
  readonly audience: string
  readonly members: number
  readonly segment: string
  readonly segment_members: number
}

export async function readDemoLists({ workspace, segments, deliveries }: OpenWorkspace): Promise<DemoList[]> {
  const sizes = await segments.sizes()
  const delivering = [...workspace.syncs.values()].filter(isDeliverSync)
  return Promise.all(
    delivering.map(async ({ name, segment, destination }) => ({
      platform: workspace.connections.get(destination.connection)?.title ?? destination.connection,
      audience: destination.audience,
      members: await deliveries.deliveredCount(name),
      segment,
      segment_members: sizes.get(segment) ?? 0,
    })),
  )
}

export function showLists(terminal: Terminal, lists: readonly DemoList[]): void {
  const { t } = terminal.translator
  terminal.say()
  terminal.say(terminal.style('bold', t('demo.lists')))
  for (const { members, segment_members: inSegment, ...list } of lists) {
    const numbers = {
      members: terminal.number(members),
      inSegment: terminal.number(inSegment),
      withheld: terminal.number(inSegment - members),
    }
    terminal.say(`  ${t('demo.list', { ...list, ...numbers })}`)
  }
}

export interface Suggestion {
  /** The workspace as it is typed from here. */
  readonly folder: string
  readonly asOf: number
  readonly examples: readonly DemoExample[]
  /** Where the hub listens; undefined when it has stopped. */
  readonly url?: string
}

/** What to try next, as lines that can be copied. One process at a time works on a workspace, so most of it waits for the stop. */
export function suggestNext({ terminal, config }: CommandContext, suggestion: Suggestion): void {
  const { t } = terminal.translator
  const { folder, asOf, examples, url } = suggestion
  const affluent = config.env['npm_lifecycle_event'] === undefined ? 'affluent' : 'npm run -s affluent --'
  const place = `--workspace ${folder.includes(' ') ? JSON.stringify(folder) : folder}`
  const show = (line: string, why?: string): void =>
    terminal.say(`  ${line}${why === undefined ? '' : terminal.style('dim', `   # ${why}`)}`)
  terminal.say()
  if (url !== undefined) {
    terminal.say(t('demo.try_beside'))
    show(`curl ${url}/v1/runs`)
    show(`${affluent} status ${place}`)
  }
  terminal.say(t(url === undefined ? 'demo.try' : 'demo.try_after'))
  for (const { state, person, sync } of examples)
    show(`${affluent} explain ${person} ${sync} ${place}`, t(`demo.states.${state}`))
  if (url === undefined) show(`${affluent} status ${place}`)
  show(`${affluent} plan --as-of ${new Date(asOf).toISOString().slice(0, 10)} ${place}`)
  show(`${affluent} audit verify ${place}`)
}
