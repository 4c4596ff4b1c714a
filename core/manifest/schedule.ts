import { z } from 'zod'
import { isTimeZone } from '../profile/time-zone.ts'
import { isCron } from '../sync/schedule.ts'

/** When a sync runs by itself. */
export const scheduleShape = z.strictObject({
  cron: z.string().max(100).refine(isCron, { error: '"30 6 * * 1-5"' }).meta({
    description:
      'When it runs while the hub serves: minute, hour, day of the month, month, day of the week. "30 6 * * 1-5" is half past six from Monday to Friday.',
  }),
  time_zone: z.string().max(64).refine(isTimeZone, { error: '"Europe/Paris"' }).default('UTC').meta({
    description:
      'Time zone of these hours: "Europe/Paris". A time that the clocks skip or repeat counts once.',
  }),
})
