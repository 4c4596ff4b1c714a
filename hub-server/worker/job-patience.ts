import { z } from 'zod'
import type { OpenJob } from '../../core/port/delivery-store.ts'
import type { Cycle } from './cycle-ports.ts'

/**
 * The first pause, doubled with each answer "still processing" up to the longest. Salesforce's bulk jobs end within seconds to minutes,
 * Google's uploads within the half hour after which it first tells their state.
 */
const firstPauseMs = 30_000
const longestPauseMs = 15 * 60_000
/** What a hint may ask for at most: nothing that a platform says keeps a run from ever being looked at. */
const longestHintMs = 24 * 3_600_000

const noted = z.object({ asked: z.int(), dueAt: z.number() })

/** When a job of a platform is asked about. */
export interface JobPatience {
  isDue(): Promise<boolean>
  /** It was asked about and is not done. `askAgainMs`: when the platform wants to be asked again. */
  noteProcessing(askAgainMs: number | undefined): Promise<void>
}

/** Kept in the control store, so that a restart does not ask anew. */
export function createJobPatience(
  { control, clock }: Pick<Cycle, 'control' | 'clock'>,
  { runId, job }: OpenJob,
): JobPatience {
  const place = `job_asked/${runId}/${job}`
  const read = async (): Promise<z.output<typeof noted> | undefined> => {
    const text = await control.setting(place)
    return text === undefined ? undefined : noted.parse(JSON.parse(text))
  }
  return {
    async isDue() {
      const last = await read()
      return last === undefined || clock.now() >= last.dueAt
    },
    async noteProcessing(askAgainMs) {
      const asked = ((await read())?.asked ?? 0) + 1
      const backOffMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (asked - 1))
      const pauseMs = askAgainMs === undefined ? backOffMs : Math.min(Math.max(0, askAgainMs), longestHintMs)
      await control.writeSetting(place, JSON.stringify({ asked, dueAt: clock.now() + pauseMs }))
    },
  }
}
