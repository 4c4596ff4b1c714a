import type { SplitMoveDocument } from '../api/contract/manifest.ts'
import type { Terminal } from './terminal.ts'

/** Says who would change arms, before it happens. */
export function showSplitMoves(terminal: Terminal, moves: readonly SplitMoveDocument[]): void {
  for (const { split, from, to, percent } of moves) {
    const words = { split, from, to, percent: terminal.number(percent, 2) }
    terminal.say(`  ${terminal.style('yellow', '!')} ${terminal.translator.t('plan.arm_moves', words)}`)
  }
}
