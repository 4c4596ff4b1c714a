import type { TestContext } from 'vitest'

/** One line of the report card. */
export interface Figure {
  /** Number of the check: "X20". */
  readonly check: string
  /** What is counted or measured: "address forms connected to". */
  readonly claim: string
  readonly value: number
  /** Of how many; absent where nothing is counted out of something. */
  readonly of?: number
  /** Unit of a measurement: "ms". Absent for counts. */
  readonly unit?: string
  /** What it must be: "0", "≤ 2000". */
  readonly target: string
  /** Seed that gives the same run again. */
  readonly seed?: number
}

declare module 'vitest' {
  interface TaskMeta {
    figures?: Figure[]
  }
}

/** Tells the figure of a numbered check to the reporters: it is printed at the end of the run, and `npm run report` makes the card of all. */
export function reportFigure({ task }: Pick<TestContext, 'task'>, figure: Figure): void {
  task.meta.figures = [...(task.meta.figures ?? []), figure]
}
