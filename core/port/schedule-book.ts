/** Where a schedule stands. */
interface ScheduleState {
  readonly sync: string
  /** The schedule as it was written: another one begins anew. */
  readonly rule: string
  /** The last instant that fell due and was answered with a run, or the instant the schedule was first seen; epoch milliseconds. */
  readonly dueAt: number
  /** When the run of that instant began; null before the first. */
  readonly begunAt: number | null
}

/** Which instants of schedules were answered, so that each is answered once, over restarts and jumps of the clock. */
export interface ScheduleBook {
  schedules(): Promise<ScheduleState[]>
  writeSchedule(state: ScheduleState): Promise<void>
}
