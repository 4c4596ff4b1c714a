import type { DeliveryStore } from '../../core/port/delivery-store.ts'
import type { Terminal } from './terminal.ts'

export type Reasons = Awaited<ReturnType<DeliveryStore['reasons']>>

/** Why rows were rejected, in the platform's own words, the most frequent reason first. */
export function showReasons(terminal: Terminal, reasons: Reasons): void {
  const { t, phrase } = terminal.translator
  for (const { code, message, count } of [...reasons].sort((a, b) => b.count - a.count)) {
    const told = { number: terminal.number(count), message: phrase(message), code }
    terminal.say(`    ${t('run.reason', told)}`)
  }
}
