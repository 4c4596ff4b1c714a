import { Presets, SingleBar } from 'cli-progress'
import type {
  CycleEvent,
  CycleStage,
  EndedRun,
  OnCycleEvent,
  StageError,
} from '../../core/sync/cycle-event.ts'
import type { Notices } from './notices.ts'
import type { Style, Terminal } from './terminal.ts'

const stateStyles: Readonly<Record<EndedRun['state'], Style>> = {
  running: 'cyan',
  succeeded: 'green',
  incomplete: 'yellow',
  failed: 'red',
  awaiting_approval: 'yellow',
  parked: 'yellow',
  cancelled: 'dim',
}

/** Bars with a known total move at most this often. */
const redrawsPerSecond = 10

/**
 * Shows a cycle as it runs, on standard error: a bar while a stage with a known total works (in a terminal), a counter where the end is
 * not known, and one line with counts and time when the stage has ended.
 */
export function createCycleView(terminal: Terminal, notices: Notices): OnCycleEvent {
  const { t } = terminal.translator
  const startedAt = new Map<string, number>()
  const indicator = createIndicator(terminal)
  const label = (stage: CycleStage, sync?: string): string =>
    sync === undefined ? t(`stages.${stage}`) : `${t(`stages.${stage}`)} ${terminal.style('bold', sync)}`

  const showEnd = (event: StageEnded): void => {
    indicator.stop()
    const seconds = (event.at - (startedAt.get(keyOf(event)) ?? event.at)) / 1000
    const time = terminal.style('dim', t('counts.seconds', { number: terminal.number(seconds, 1) }))
    const parts = [...describeState(terminal, event), ...describeCounts(terminal, event), time]
    const line = t('stages.line', { label: label(event.stage, event.sync), parts: parts.join(' · ') })
    terminal.note(`${markOf(terminal, event)} ${line}`)
    for (const { count } of notices.take())
      terminal.note(`    ${t('counts.repeatedIds', { count, number: terminal.number(count) })}`)
    if (event.error) showError(terminal, event.error)
  }
  return (event) => {
    switch (event.kind) {
      case 'stage_started':
        startedAt.set(keyOf(event), event.at)
        return
      case 'stage_progress':
        indicator.move(label(event.stage, event.sync), event.done, event.total)
        return
      case 'stage_ended':
        showEnd(event)
        return
      default:
    }
  }
}

type StageEnded = Extract<CycleEvent, { kind: 'stage_ended' }>

/** A stage that went well says so by its mark; any other state is told in words. */
function describeState(terminal: Terminal, { state }: StageEnded): string[] {
  if (state === undefined || state === 'succeeded') return []
  return [terminal.style(stateStyles[state], terminal.translator.t(`states.${state}`))]
}

function describeCounts(terminal: Terminal, { stage, counts, error }: StageEnded): string[] {
  const { t } = terminal.translator
  const told = Object.entries(counts)
    // Planned is the sum of what is to be added, updated and removed.
    .filter(([name, count]) => count > 0 && name !== 'planned')
    .map(([name, count]) => t(`counts.${name}`, { count, number: terminal.number(count) }))
  if (error) return told
  if (stage === 'deliver') return counts['planned'] === 0 ? [t('counts.nothing_to_send'), ...told] : told
  return told.length === 0 ? [t('counts.nothing_new')] : told
}

const keyOf = (event: { readonly stage: CycleStage; readonly sync?: string }): string =>
  `${event.stage} ${event.sync ?? ''}`

function markOf(
  terminal: Terminal,
  event: { readonly state?: EndedRun['state']; readonly error?: StageError },
): string {
  if (event.error && event.state !== 'awaiting_approval' && event.state !== 'parked')
    return terminal.style('red', '✖')
  if (event.state === undefined || event.state === 'succeeded') return terminal.style('green', '✔')
  return terminal.style(stateStyles[event.state], '!')
}

function showError(terminal: Terminal, error: StageError): void {
  const { title, repair } = terminal.translator.error(error)
  terminal.note(`    ${title}`)
  terminal.note(`    ${terminal.style('dim', repair)}`)
}

/** The moving part: nothing at all where the output is not a terminal. */
interface Indicator {
  /** Deliveries work side by side: the line shows whichever moved last. */
  move(label: string, done: number, total?: number): void
  stop(): void
}

function createIndicator(terminal: Terminal): Indicator {
  if (!terminal.decorate) return { move: () => undefined, stop: () => undefined }
  let bar: SingleBar | undefined
  let counted = false
  return {
    move(label, done, total) {
      if (total === undefined) {
        terminal.stderr.write(`\r\u001B[K  ${label} ${terminal.number(done)}`)
        counted = true
        return
      }
      const shown = { label, done: terminal.number(done), all: terminal.number(total) }
      bar ??= startBar(terminal, total, shown)
      bar.setTotal(total)
      bar.update(done, shown)
    },
    stop() {
      bar?.stop()
      bar = undefined
      if (counted) terminal.stderr.write('\r\u001B[K')
      counted = false
    },
  }
}

function startBar(terminal: Terminal, total: number, shown: object): SingleBar {
  const bar = new SingleBar(
    {
      format: '  {label} {bar} {percentage} % · {done}/{all}',
      stream: terminal.stderr,
      fps: redrawsPerSecond,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  )
  bar.start(total, 0, shown)
  return bar
}
