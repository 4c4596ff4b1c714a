/** Of answers by status, those to what must be refused that were no refusal: taken, or a failure of the hub. */
export function countWrong(statuses: ReadonlyMap<number, number>): number {
  return [...statuses]
    .filter(([status]) => status < 400 || status >= 500)
    .reduce((sum, [, count]) => sum + count, 0)
}
