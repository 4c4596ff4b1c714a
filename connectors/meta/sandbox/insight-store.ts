/** One line of a report: what it is about, its day, and Meta's fields as Meta answers them (figures as texts). */
export interface SandboxInsight {
  readonly level: 'ad' | 'adset' | 'campaign' | 'account'
  /** YYYY-MM-DD in the account's time zone. */
  readonly day: string
  readonly values: Readonly<Record<string, unknown>>
}

/** What a report was asked for. */
export interface InsightQuery {
  readonly level: string
  readonly since: string
  readonly until: string
  readonly fields: readonly string[]
}

/** States that a report run passes, one at each look. 100 % comes before the end (trap 10 of the platform notes). */
const stages: readonly (readonly [string, number])[] = [
  ['Job Not Started', 0],
  ['Job Started', 0],
  ['Job Running', 55],
  ['Job Running', 100],
  ['Job Completed', 100],
]

export interface ReportRun {
  readonly id: string
  readonly query: InsightQuery
  readonly fails: boolean
  looks: number
}

/** Reports of the sandbox's ad account. */
export interface InsightStore {
  readonly lines: SandboxInsight[]
  readonly runs: Map<string, ReportRun>
  /** Reports of more lines than this are refused when asked for at once. */
  mostAtOnce: number
  /** Report runs of more lines than this fail. */
  mostInRun: number
  find(query: InsightQuery): readonly SandboxInsight[]
  start(query: InsightQuery): ReportRun
  /** Looks at a run once: its status and percentage. */
  look(run: ReportRun): readonly [status: string, percent: number]
  isReady(run: ReportRun): boolean
}

export function createInsightStore(): InsightStore {
  const lines: SandboxInsight[] = []
  const runs = new Map<string, ReportRun>()
  const find = (query: InsightQuery): readonly SandboxInsight[] =>
    lines.filter(({ level, day }) => level === query.level && day >= query.since && day <= query.until)
  return {
    lines,
    runs,
    mostAtOnce: Number.POSITIVE_INFINITY,
    mostInRun: Number.POSITIVE_INFINITY,
    find,
    start(query) {
      const id = String(6_000_000_000_001 + runs.size)
      const run = { id, query, fails: find(query).length > this.mostInRun, looks: 0 }
      runs.set(id, run)
      return run
    },
    look(run) {
      const stage = stages[Math.min(run.looks, stages.length - 1)] ?? ['Job Not Started', 0]
      run.looks += 1
      return run.fails && stage[1] > 0 ? ['Job Failed', stage[1]] : stage
    },
    isReady: (run) => !run.fails && run.looks >= stages.length,
  }
}
