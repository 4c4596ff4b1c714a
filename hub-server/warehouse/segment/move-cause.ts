import { moveCauses, type MoveCause } from '../../../core/port/segment-insight.ts'

/** What moved somebody, as `membership` tells it; null: the evaluation could not tell. */
export const toCause = (text: string | null): MoveCause =>
  moveCauses.find((cause) => cause === text) ?? 'unknown'
