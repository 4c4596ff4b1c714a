/** How many people, or which percentage of those who are ranked. */
export interface Top {
  readonly amount: number
  readonly unit: 'people' | 'percent'
}

/** Reads the `top` of a rank: 100, or "5 %". */
export function readTop(top: number | string): Top {
  return typeof top === 'number'
    ? { amount: top, unit: 'people' }
    : { amount: Number(top.replace('%', '').trim()), unit: 'percent' }
}
