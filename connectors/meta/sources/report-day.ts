const dayMs = 86_400_000

/** The day (YYYY-MM-DD) that it is at an instant on the clock of an IANA time zone; an unknown zone counts as UTC. */
export function dayIn(timeZone: string, at: number): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  try {
    return new Intl.DateTimeFormat('en-CA', { ...options, timeZone }).format(at)
  } catch {
    // Intl throws RangeError on a name it does not know; reports overlap by more than the hours that this may be off.
    return new Date(at).toISOString().slice(0, 10)
  }
}

/** The day so many days later; earlier for negative numbers. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

/** How many days a range has, both ends counted. */
export function countDays(from: string, until: string): number {
  return Math.round((Date.parse(`${until}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs) + 1
}
